#!/usr/bin/env python3
"""Plans a batch by a real Slurm of one node on this machine, kills the node in the middle, and compares.

  slurm.py [--planner PATH] [--items 200] [--shards 10] [--keep]

Starts munged, slurmctld and slurmd (Debian: slurm-wlm, munge) on the loopback with files in a folder of its own, and
stops them at the end. In the middle of the array job slurmd, its steps and all that they run are ended with SIGKILL;
later slurmd is started again. The merged results and the plans must be those of `planner batch` without Slurm, apart
from seconds. Must run as root, since slurmd does. Skips, saying so, where Slurm is not installed.
"""
import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Tests", "Faults"))
import tiny_profiles  # noqa: E402

NEEDED = ["munged", "slurmctld", "slurmd", "sbatch", "squeue"]

CONFIGURATION = """
ClusterName=planner
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={first}
SlurmdPort={second}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmUser=root
SlurmdUser=root
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SlurmdTimeout=5
InactiveLimit=0
KillWait=2
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"no {what} after {seconds} s")
        time.sleep(0.2)


def descendants(root):
    """The processes below one, by the parents that /proc tells."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    parents[int(name)] = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    found, rest = [], [root]
    while rest:
        parent = rest.pop()
        below = [child for child, its in parents.items() if its == parent]
        found += below
        rest += below
    return found


class Cluster:
    """A Slurm of one node, whose daemons are children of this program."""

    def __init__(self, folder):
        self.folder = folder
        self.daemons = []
        for name in ("state", "spool"):
            os.mkdir(os.path.join(folder, name))
        host = socket.gethostname().split(".")[0]
        with open(os.path.join(folder, "slurm.conf"), "w") as file:
            file.write(CONFIGURATION.format(
                host=host, first=free_port(), second=free_port(), folder=folder, cores=os.cpu_count()))
        self.environment = dict(os.environ, SLURM_CONF=os.path.join(folder, "slurm.conf"))
        key = os.path.join(folder, "munge.key")
        with open(key, "wb") as file:
            file.write(os.urandom(64))
        os.chmod(key, 0o400)
        os.chmod(folder, 0o755)
        self.start(["munged", "--foreground", "--force", f"--socket={folder}/munge.socket",
                    f"--key-file={key}", f"--pid-file={folder}/munged.pid",
                    f"--log-file={folder}/munged.log", f"--seed-file={folder}/munged.seed"])
        wait_for("munged", lambda: os.path.exists(f"{folder}/munge.socket"))
        self.start(["slurmctld", "-D", "-i"])
        self.node = self.start_node()
        wait_for("idle node", lambda: "idle" in self.ask(["sinfo", "-h", "-o", "%T"]))

    def start(self, command):
        log = open(os.path.join(self.folder, command[0] + ".out"), "ab")
        daemon = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                                  stderr=log, start_new_session=True)
        self.daemons.append(daemon)
        return daemon

    def start_node(self):
        return self.start(["slurmd", "-D"])

    def ask(self, command):
        return subprocess.run(command, env=self.environment, capture_output=True, text=True).stdout

    def kill_node(self):
        """Ends the node as a power failure would; returns how many processes that were."""
        # A step is no child of slurmd for long: it is found by its name and its spool folder.
        below = set(descendants(self.node.pid))
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/cmdline", "rb") as file:
                        is_step = file.read().startswith(b"slurmstepd")
                    with open(f"/proc/{name}/environ", "rb") as file:
                        is_ours = self.folder.encode() in file.read()
                except OSError:
                    continue
                if is_step and is_ours:
                    below.add(int(name))
                    below.update(descendants(int(name)))
        self.node.kill()
        self.node.wait()
        for process in below:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return len(below) + 1

    def stop(self):
        self.ask(["scancel", "--full", "--user=root"])
        time.sleep(0.5)
        for daemon in reversed(self.daemons):
            if daemon.poll() is None:
                daemon.terminate()
                try:
                    daemon.wait(10)
                except subprocess.TimeoutExpired:
                    daemon.kill()


def results(path):
    """The results by item, without seconds."""
    found = []
    with open(path) as file:
        for line in file:
            result = json.loads(line)
            del result["seconds"]
            found.append(result)
    return sorted(found, key=lambda result: result["item"])


def plans(folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            found[name] = file.read()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--planner", default=os.path.join(ROOT, ".build", "release", "planner"))
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--shards", type=int, default=10)
    parser.add_argument("--keep", action="store_true", help="leave the files for inspection")
    options = parser.parse_args()
    options.planner = os.path.abspath(options.planner)
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        print(f"skipped: needs root and {', '.join(missing) or 'nothing else'} (Debian: slurm-wlm, munge)")
        return
    folder = tempfile.mkdtemp(prefix="planner-slurm-")
    cluster = None
    try:
        os.chdir(folder)
        tiny_profiles.write("profiles", options.items)
        base = [options.planner, "batch", "profiles", "--no-cache"]
        subprocess.run(base + ["-o", "plans", "--results", "local.jsonl"], check=True)
        expected, local = plans("plans"), results("local.jsonl")
        shutil.rmtree("plans")

        cluster = Cluster(folder)
        command = base + ["-o", "plans", "--results", "slurm.jsonl", "--scheduler", "slurm",
                          "--shards", str(options.shards)]
        begin = time.monotonic()
        run = subprocess.Popen(command, env=cluster.environment)

        def done():
            return len(os.listdir("plans")) if os.path.isdir("plans") else 0
        wait_for("plans", lambda: done() >= options.items // 3 or run.poll() is not None, 300)
        print(f"node killed with {done()} of {options.items} plans: {cluster.kill_node()} processes")
        # The program that follows the job is ended as well, and started again.
        run.kill()
        run.wait()
        run = subprocess.Popen(command, env=cluster.environment)
        time.sleep(8)
        cluster.node = cluster.start_node()
        status = run.wait(600)
        print(f"ended with {status} after {time.monotonic() - begin:.0f} s")
        same = results("slurm.jsonl") == local
        print(f"results equal: {same}; plans equal: {plans('plans') == expected}")
        again = subprocess.run(command, env=cluster.environment, capture_output=True, text=True)
        print(f"run again: {again.stderr.strip()}")
        if status != 0 or not same or plans("plans") != expected or results("slurm.jsonl") != local:
            sys.exit(1)
    finally:
        if cluster is not None:
            cluster.stop()
        if options.keep:
            print(f"files in {folder}", file=sys.stderr)
        else:
            os.chdir("/")
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
