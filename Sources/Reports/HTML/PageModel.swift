import Profiles

/// A page as the template reads it: everything is text, or told apart by being there or not.
struct PageModel {
  struct Section {
    let id: String
    let heading: String
    let text: [String]
    let timeline: Bool
    let figures: [Figure]
    let tables: [Table]
  }

  struct Figure {
    let wide: String
    let narrow: String
  }

  struct Table {
    let id: String
    let caption: String?
    let label: String
    let columns: [PageTable.Column]
    let rows: [Row]
    let isSearchable: Bool
    let source: String?
    let remark: String?
  }

  struct Row {
    let cells: [Cell]
  }

  struct Cell {
    let text: String
    let sort: String?
    let note: String?
    let isNumber: Bool
  }

  let title: String
  let kind: String
  let subtitle: String
  let footer: String
  let verdicts: [ReportPage.Verdict]
  let facts: [ReportPage.Fact]
  let sections: [Section]
  let style: String
  let script: String
  let data: String?

  /// The widths of pictures on wide and on narrow screens, in pixels.
  static let (wide, narrow) = (1080, 352)

  init(_ page: ReportPage, style: String, script: String, data: String?) {
    (title, kind, subtitle, footer) = (page.title, page.kind, page.subtitle, page.footer)
    (verdicts, facts) = (page.verdicts, page.facts)
    (self.style, self.script, self.data) = (style, script, data)
    sections = page.sections.map { section in
      Section(
        id: section.id, heading: section.heading, text: section.text.map { Page.printable($0) },
        timeline: section.hasTimeline,
        figures: section.pictures.enumerated().map { index, picture in
          Figure(
            wide: picture(Self.wide).inline(id: "\(section.id)-w\(index)"),
            narrow: picture(Self.narrow).inline(id: "\(section.id)-n\(index)"))
        }, tables: section.tables.map(Table.init))
    }
  }
}

extension PageModel.Table {
  fileprivate init(_ table: PageTable) {
    self.init(
      id: table.id, caption: table.caption, label: table.label, columns: table.columns,
      rows: table.rows.map { row in
        PageModel.Row(
          cells: row.cells.map { cell in
            PageModel.Cell(
              text: cell.text, sort: cell.sort.map(JSONWriter.text(of:)), note: cell.note,
              isNumber: cell.isNumber)
          })
      }, isSearchable: table.isSearchable, source: table.source, remark: table.remark)
  }
}
