"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties || {});
    made.append(...children);
    return made;
  };
  const node = $("data");
  const data = node ? JSON.parse(node.textContent) : {};

  // Amounts as the rest of the page tells them.
  const milliseconds = (us) => (us / 1e3).toFixed(3) + " ms";
  const bytes = (count) => {
    const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if (Math.abs(count) < 1024) return count + (count === 1 ? " byte" : " bytes");
    let unit = -1;
    while (Math.abs(count) >= 1023.995 && unit + 1 < units.length) { count /= 1024; unit++; }
    return count.toFixed(2) + " " + units[unit];
  };

  // ---- Colours

  const root = document.documentElement;
  const listeners = [];
  const theme = $("theme");
  const choose = (name) => {
    if (name) root.dataset.theme = name; else delete root.dataset.theme;
    for (const button of theme.children) {
      button.setAttribute("aria-pressed", String(button.dataset.theme === (name || "")));
    }
    for (const listener of listeners) listener();
  };
  theme.hidden = false;
  for (const button of theme.children) button.onclick = () => choose(button.dataset.theme);
  choose("");
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => choose(root.dataset.theme || ""));

  // ---- Tables: sort buttons, search, and rows from data

  const firstRows = 25, mostRows = 200;

  /** The rows of a table as arrays of cells {text, value, note}; from its HTML, or made of data when asked for. */
  function rowsOf(table) {
    if (table.dataset.source) return data[table.dataset.source] ? decisionRows(data[table.dataset.source]) : [];
    return [...table.tBodies[0].rows].map((row) => ({
      element: row,
      cells: [...row.cells].map((cell) => ({
        text: cell.textContent, value: cell.dataset.v === undefined ? null : Number(cell.dataset.v),
      })),
    }));
  }

  function decisionRows(source) {
    const { columns, texts, actions } = source, names = data.names;
    const rows = [];
    for (let index = 0; index < columns.tensor.length; index++) {
      const cost = columns.cost[index];
      const text = (position) => (position < 0 ? "" : texts[position]);
      rows.push({
        cells: [
          { text: names[columns.tensor[index]], note: text(columns.reason[index]) },
          { text: actions[columns.action[index]] },
          { text: bytes(columns.bytes[index]), value: columns.bytes[index] },
          { text: cost === null ? "–" : milliseconds(cost), value: cost === null ? -1 : cost },
          { text: names[columns.after[index]] },
          { text: names[columns.before[index]] },
        ],
      });
    }
    return rows;
  }

  function setUp(table) {
    const body = table.tBodies[0];
    const headers = [...table.tHead.rows[0].cells];
    const isSearchable = table.dataset.search !== undefined;
    const fromData = table.dataset.source !== undefined;
    const titles = headers.map((header) => header.textContent);
    const box = table.closest(".scroll");
    const tools = isSearchable ? box.previousElementSibling : null;
    const more = element("button", { type: "button", className: "more", hidden: true });
    box.after(more);
    let rows = null, sorted = -1, descending = false, shown = firstRows, words = [];
    const all = () => (rows = rows || rowsOf(table));
    function draw() {
      let found = all();
      if (words.length) {
        found = found.filter((row) => {
          row.key = row.key || row.cells.map((cell) => cell.text + " " + (cell.note || "")).join("\u0001").toLowerCase();
          return words.every((word) => row.key.includes(word));
        });
      }
      if (sorted >= 0) {
        const sign = descending ? -1 : 1;
        found = found.slice().sort((first, second) => {
          const one = first.cells[sorted], other = second.cells[sorted];
          if (one.value != null && other.value != null) return sign * (one.value - other.value);
          if (one.value != null || other.value != null) return one.value != null ? -1 : 1;
          return sign * one.text.localeCompare(other.text, "en", { numeric: true });
        });
      }
      body.replaceChildren(...found.slice(0, shown).map((row) => row.element || (row.element = build(row))));
      more.hidden = found.length <= shown;
      more.textContent = "Show " + Math.min(mostRows, found.length - shown) + " more of " + found.length;
      if (tools) tools.lastElementChild.textContent = found.length + " of " + all().length + " rows";
    }
    function build(row) {
      const made = document.createElement("tr");
      row.cells.forEach((cell, column) => {
        const place = made.insertCell();
        place.className = headers[column].className;
        place.textContent = cell.text;
        if (cell.note) place.append(element("small", { textContent: cell.note }));
      });
      return made;
    }
    more.onclick = () => { shown += mostRows; draw(); };
    headers.forEach((header, column) => {
      if (!titles[column]) return;
      const button = element("button", { type: "button", textContent: titles[column] });
      header.replaceChildren(button);
      header.setAttribute("aria-sort", "none");
      button.onclick = () => {
        const isNumber = header.className === "num";
        descending = sorted === column ? !descending : isNumber;
        sorted = column;
        shown = Math.max(shown, firstRows);
        for (const other of headers) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
        header.setAttribute("aria-sort", descending ? "descending" : "ascending");
        draw();
      };
    });
    // A long table shows its first rows; in print, more of them.
    if (fromData || body.rows.length > firstRows + 5) draw();
    else shown = Infinity;
    let before = 0;
    addEventListener("beforeprint", () => { before = shown; shown = Math.max(shown, mostRows); draw(); });
    addEventListener("afterprint", () => { shown = before; draw(); });
    if (tools) {
      tools.hidden = false;
      let timer = 0;
      tools.querySelector("input").oninput = (event) => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
          shown = firstRows;
          draw();
        }, 120);
      };
      tools.lastElementChild.textContent = all().length + " rows";
    }
  }
  for (const table of document.querySelectorAll("table")) setUp(table);

  // ---- Timeline

  if (data.timeline) timeline(data.timeline);

  function timeline(source) {
    const canvas = $("timeline-canvas"), box = $("timeline-box"), tip = $("timeline-tip");
    const status = $("timeline-status"), range = $("timeline-range");
    const context = canvas.getContext("2d");
    $("timeline").hidden = false;
    const duration = Math.max(source.duration_ns, 1);
    const undelta = (list) => {
      const values = new Float64Array(list.length);
      let sum = 0;
      for (let index = 0; index < list.length; index++) values[index] = sum += list[index];
      return values;
    };
    const lanes = source.lanes.map((lane) => {
      const start = undelta(lane.start);
      const end = start.map((begin, index) => begin + lane.length[index]);
      return { ...lane, start, end };
    });
    const memory = source.memory ? unpack(source.memory) : null;
    const styles = source.styles;

    /** Amounts of each layer after each change. */
    function unpack(packed) {
      const time = undelta(packed.time), count = packed.layers.length;
      const values = packed.layers.map(() => new Float64Array(time.length + 1));
      const times = new Float64Array(time.length + 1), sums = new Float64Array(time.length + 1);
      const now = packed.base.slice();
      let rows = 0;
      const write = (at) => {
        times[rows] = at;
        let sum = 0;
        for (let layer = 0; layer < count; layer++) { values[layer][rows] = now[layer]; sum += now[layer]; }
        sums[rows++] = sum;
      };
      write(0);
      for (let index = 0; index < time.length; index++) {
        now[packed.layer[index]] += packed.bytes[index];
        write(time[index]);
      }
      const most = sums.reduce((one, other) => Math.max(one, other), packed.limit || 0);
      return { ...packed, times, values, sums, rows, most };
    }

    // Layout, in pixels.
    const left = 0, title = 18, laneHeight = 26, memoryHeight = memory ? 170 : 0, axis = 24;
    let width = 800, from = 0, to = duration, frame = 0, chosen = null, hovered = null, colours = {};
    const laneTop = (lane) => (memory ? title + memoryHeight + 14 : 4) + lane * (laneHeight + title) + title;
    const height = laneTop(lanes.length - 1) + laneHeight + axis + 6;
    canvas.style.height = height + "px";

    function readColours() {
      const style = getComputedStyle(root), names = ["bg", "panel", "text", "quiet", "rule", "bad"];
      colours = {};
      for (const name of names) colours[name] = style.getPropertyValue("--" + name).trim();
      for (const entry of styles) colours[entry.style] = style.getPropertyValue("--" + entry.style).trim();
      for (const layer of memory ? memory.layers : []) colours[layer.style] = style.getPropertyValue("--" + layer.style).trim();
      colours.hatch = hatch(colours.bad, colours.bg);
      colours.solid = colours.bad;
    }
    function hatch(ink, paper) {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 6;
      const pen = tile.getContext("2d");
      pen.fillStyle = paper;
      pen.fillRect(0, 0, 6, 6);
      pen.strokeStyle = ink;
      pen.lineWidth = 1.6;
      for (const shift of [-6, 0, 6]) { pen.beginPath(); pen.moveTo(shift, 6); pen.lineTo(shift + 6, 0); pen.stroke(); }
      return context.createPattern(tile, "repeat");
    }

    const place = (time) => left + ((time - from) / (to - from)) * (width - left);
    const timeAt = (x) => from + ((x - left) / (width - left)) * (to - from);
    /** The first item that ends after a time; items of a lane don't overlap. */
    function firstAfter(list, time) {
      let low = 0, high = list.length;
      while (low < high) { const middle = (low + high) >> 1; if (list[middle] > time) high = middle; else low = middle + 1; }
      return low;
    }

    function resize() {
      const ratio = devicePixelRatio || 1;
      width = box.clientWidth;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw();
    }
    const schedule = () => { if (!frame) frame = requestAnimationFrame(() => { frame = 0; draw(); }); };

    function draw() {
      context.fillStyle = colours.bg;
      context.fillRect(0, 0, width, height);
      context.font = '12px system-ui,"DejaVu Sans",sans-serif';
      context.textBaseline = "alphabetic";
      drawAxis();
      if (memory) drawMemory();
      lanes.forEach(drawLane);
      range.textContent = milliseconds(from / 1e3) + " to " + milliseconds(to / 1e3);
    }

    function drawAxis() {
      const span = (to - from) / 1e6, least = span / Math.max(2, width / 110);
      let step = Math.pow(10, Math.floor(Math.log10(least)));
      step *= [1, 2, 5, 10].find((factor) => factor * step >= least);
      const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
      context.textAlign = "center";
      for (let tick = Math.ceil(from / 1e6 / step); tick * step * 1e6 <= to; tick++) {
        const x = place(tick * step * 1e6);
        context.fillStyle = colours.rule;
        context.fillRect(Math.round(x), 0, 1, height - axis);
        context.fillStyle = colours.quiet;
        const text = (tick * step).toFixed(decimals) + " ms", half = context.measureText(text).width / 2;
        if (x > half && x < width - half) context.fillText(text, x, height - 7);
      }
    }

    function drawMemory() {
      const bottom = title + memoryHeight, scale = memoryHeight / (memory.most * 1.04);
      const columns = Math.max(1, Math.floor(width - left));
      // The fullest moment in each pixel.
      let row = Math.max(0, firstAfter(memory.times.subarray(0, memory.rows), from) - 1);
      const picked = new Int32Array(columns);
      for (let column = 0; column < columns; column++) {
        const end = timeAt(left + column + 1);
        let best = row;
        while (row + 1 < memory.rows && memory.times[row + 1] < end) { row++; if (memory.sums[row] > memory.sums[best]) best = row; }
        picked[column] = best;
      }
      const base = new Float64Array(columns);
      memory.layers.forEach((layer, index) => {
        context.fillStyle = colours[layer.style];
        context.beginPath();
        for (let column = 0; column < columns; column++) {
          const amount = memory.values[index][picked[column]];
          const low = bottom - base[column] * scale;
          base[column] += amount;
          const high = bottom - base[column] * scale;
          if (low - high > 0.02) context.rect(left + column, high, 1, low - high);
        }
        context.fill();
      });
      context.textAlign = "left";
      context.fillStyle = colours.text;
      context.fillText(memory.title, 6, 13);
      if (memory.limit) {
        const y = Math.round(bottom - memory.limit * scale) + 0.5;
        context.strokeStyle = colours.text;
        context.setLineDash([6, 4]);
        context.beginPath(); context.moveTo(left, y); context.lineTo(width, y); context.stroke();
        context.setLineDash([]);
        const label = "budget " + bytes(memory.limit), size = context.measureText(label).width;
        context.textAlign = "right";
        context.fillStyle = colours.bg;
        context.fillRect(width - size - 10, 1, size + 8, 16);
        context.fillStyle = colours.text;
        context.fillText(label, width - 6, 13);
      }
    }

    function drawLane(lane, index) {
      const top = laneTop(index);
      context.fillStyle = colours.panel;
      context.fillRect(left, top, width - left, laneHeight);
      context.textAlign = "left";
      context.fillStyle = colours.text;
      context.fillText(lane.title, 6, top - 5);
      let painted = -1, last = -1;
      for (let item = firstAfter(lane.end, from); item < lane.start.length && lane.start[item] < to; item++) {
        const x = Math.max(left, place(lane.start[item])), end = Math.min(width, place(lane.end[item]));
        const wide = Math.max(end - x, 0.75), style = lane.style[item];
        // Several items in one pixel: one stroke is enough.
        if (end <= painted && style === last) continue;
        context.fillStyle = colours[styles[style].style];
        const seam = wide > 3 ? 0.75 : 0;
        context.fillRect(x, top + 2, wide - seam, laneHeight - 4);
        if (end - x > 60 && styles[style].style !== "hatch") label(lane, item, x, end, top);
        painted = Math.max(painted, Math.floor(x + wide)); last = style;
      }
      for (const mark of [hovered, chosen]) {
        if (!mark || mark.lane !== index) continue;
        const x = place(lane.start[mark.item]), end = place(lane.end[mark.item]);
        context.strokeStyle = colours.text;
        context.lineWidth = 2;
        context.strokeRect(Math.max(x, 1), top + 1, Math.max(Math.min(end, width - 1) - Math.max(x, 1), 2), laneHeight - 2);
        context.lineWidth = 1;
      }
    }
    function label(lane, item, x, end, top) {
      let text = data.names[lane.name[item]];
      const room = end - x - 14;
      const most = Math.floor(room / 5);
      if (text.length > most) text = text.slice(0, Math.max(1, most)) + "…";
      const size = context.measureText(text).width;
      if (size > room + 6) return;
      context.fillStyle = colours.bg;
      context.fillRect(x + 4, top + 6, size + 6, laneHeight - 12);
      context.fillStyle = colours.text;
      context.textAlign = "left";
      context.fillText(text, x + 7, top + laneHeight / 2 + 4);
    }

    function describe(mark) {
      const lane = lanes[mark.lane], item = mark.item, parts = [data.names[lane.name[item]]];
      parts.push(styles[lane.style[item]].name);
      if (lane.other && lane.other[item] >= 0) parts.push(lane.otherWords + " " + data.names[lane.other[item]]);
      parts.push("from " + milliseconds(lane.start[item] / 1e3) + ", takes " + milliseconds(lane.length[item] / 1e3));
      if (lane.bytes) parts.push(bytes(lane.bytes[item]));
      return parts;
    }
    function describeMemory(time) {
      const row = Math.max(0, firstAfter(memory.times.subarray(0, memory.rows), time) - 1);
      const lines = [milliseconds(time / 1e3) + ": " + bytes(memory.sums[row]) + " on the device"];
      memory.layers.forEach((layer, index) => {
        if (memory.values[index][row] > 0) lines.push(layer.name + " " + bytes(memory.values[index][row]));
      });
      if (memory.away) {
        const away = memory.away, at = firstAfter(away.times, time) - 1;
        if (at >= 0 && away.host[at] > 0) lines.push("on the host " + bytes(away.host[at]));
        if (at >= 0 && away.nvme[at] > 0) lines.push("on NVMe " + bytes(away.nvme[at]));
      }
      return lines;
    }
    if (memory && memory.away) {
      memory.away = { times: undelta(memory.away.time), host: memory.away.host, nvme: memory.away.nvme };
    }

    function limit(begin, span) {
      span = Math.min(duration, Math.max(span, Math.min(duration, 1000)));
      from = Math.max(0, Math.min(begin, duration - span));
      to = from + span;
      schedule();
    }
    const zoom = (factor, center) => {
      const at = center === undefined ? (from + to) / 2 : center;
      const span = (to - from) * factor;
      limit(at - (at - from) * (span / (to - from)), span);
    };
    const pan = (share) => limit(from + (to - from) * share, to - from);
    const actions = { in: () => zoom(0.5), out: () => zoom(2), left: () => pan(-0.25), right: () => pan(0.25), all: () => limit(0, duration) };
    for (const button of document.querySelectorAll("#timeline [data-do]")) button.onclick = () => actions[button.dataset.do]();

    function choose(lane, item) {
      if (!lanes[lane].start.length) return;
      chosen = { lane, item: Math.max(0, Math.min(item, lanes[lane].start.length - 1)) };
      const begin = lanes[lane].start[chosen.item], end = lanes[lane].end[chosen.item];
      if (begin < from || end > to) limit((begin + end) / 2 - (to - from) / 2, Math.max(to - from, end - begin));
      status.textContent = lanes[lane].title + ": " + describe(chosen).join("; ");
      schedule();
    }
    canvas.onkeydown = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const middle = (from + to) / 2;
      const near = (lane) => Math.min(firstAfter(lanes[lane].end, chosen ? lanes[chosen.lane].start[chosen.item] : from), lanes[lane].start.length - 1);
      const keys = {
        ArrowRight: () => (event.shiftKey ? pan(0.25) : chosen ? choose(chosen.lane, chosen.item + 1) : choose(0, near(0))),
        ArrowLeft: () => (event.shiftKey ? pan(-0.25) : chosen ? choose(chosen.lane, chosen.item - 1) : choose(0, near(0))),
        ArrowDown: () => { const lane = Math.min(lanes.length - 1, chosen ? chosen.lane + 1 : 0); choose(lane, near(lane)); },
        ArrowUp: () => { const lane = Math.max(0, chosen ? chosen.lane - 1 : 0); choose(lane, near(lane)); },
        Home: () => choose(chosen ? chosen.lane : 0, 0),
        End: () => choose(chosen ? chosen.lane : 0, Infinity),
        "+": () => zoom(0.5, chosen ? lanes[chosen.lane].start[chosen.item] : middle),
        "=": () => zoom(0.5, chosen ? lanes[chosen.lane].start[chosen.item] : middle),
        "-": () => zoom(2, middle), "0": () => limit(0, duration),
        Escape: () => { chosen = null; status.textContent = ""; schedule(); },
      };
      if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
    };
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(Math.exp(event.deltaY * 0.004), timeAt(event.offsetX));
    }, { passive: false });
    canvas.ondblclick = (event) => zoom(0.4, timeAt(event.offsetX));
    let drag = null;
    canvas.onpointerdown = (event) => { drag = { x: event.offsetX, from }; canvas.setPointerCapture(event.pointerId); };
    canvas.onpointerup = canvas.onpointercancel = () => { drag = null; };
    canvas.onpointermove = (event) => {
      if (drag && Math.abs(event.offsetX - drag.x) > 3) {
        limit(drag.from - ((event.offsetX - drag.x) / (width - left)) * (to - from), to - from);
        tip.hidden = true;
        return;
      }
      hover(event.offsetX, event.offsetY);
    };
    canvas.onpointerleave = () => { tip.hidden = true; hovered = null; schedule(); };
    function hover(x, y) {
      const time = timeAt(x), before = hovered, slack = 2 * (to - from) / width;
      hovered = null;
      let lines = null;
      lanes.forEach((lane, index) => {
        if (y < laneTop(index) || y > laneTop(index) + laneHeight) return;
        const item = firstAfter(lane.end, time - slack);
        if (item < lane.start.length && lane.start[item] <= time + slack) hovered = { lane: index, item };
      });
      if (hovered) lines = describe(hovered);
      else if (memory && y >= title && y <= title + memoryHeight && time >= 0 && time <= duration) lines = describeMemory(time);
      tip.hidden = !lines;
      if (lines) {
        tip.textContent = lines.join("\n");
        const room = box.clientWidth - tip.offsetWidth;
        tip.style.left = Math.max(0, Math.min(x + 14, room)) + "px";
        tip.style.top = Math.min(y + 16, height - 20) + "px";
      }
      if (before || hovered) schedule();
    }

    // The legend: what is in the lanes and in the memory.
    const legend = $("timeline-legend");
    const used = new Set(lanes.flatMap((lane) => [...new Set(lane.style)]));
    const entry = (style, name) => legend.append(element("span", {}, element("i", { className: "k " + style }), name));
    styles.forEach((style, index) => { if (used.has(index)) entry(style.style, style.name); });
    if (memory) {
      legend.append(element("span", { className: "break" }, "Memory:"));
      for (const layer of memory.layers) entry(layer.style, layer.name);
    }

    listeners.push(() => { readColours(); schedule(); });
    readColours();
    new ResizeObserver(resize).observe(box);
    addEventListener("beforeprint", () => { const kept = root.dataset.theme; root.dataset.theme = "light"; readColours(); draw(); if (kept) root.dataset.theme = kept; else delete root.dataset.theme; });
    addEventListener("afterprint", () => { readColours(); draw(); });
    resize();
  }
})();
