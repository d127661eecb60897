"""Lets torch.compile save and compute again what a plan of planner says.

    import torch._functorch.config as config
    from planner_budget import solver

    config.activation_memory_budget = 0.5     # anything between 0 and 1, so that a solver is asked
    config.activation_memory_budget_solver = solver
    step = torch.compile(step)

Needs a PyTorch that has CustomKnapsackSolver. The solver finds operators in the joint graph by their overload and how often it stands there before, as in the step that
was recorded. Operators that the compiler made or changed are saved. A graph without any operator of the plan is an error.
"""

from torch._inductor.custom_graph_pass import CustomKnapsackSolver, get_hash_for_files

__all__ = ["PLAN", "solver"]

PLAN = {}


def _choose(joint_graph, all_recomputable_banned_nodes):
    """Returns which of the nodes are saved and which are computed again, as positions."""
    counts = {}
    keys = {}
    for node in joint_graph.nodes:
        name = getattr(node.target, "__name__", None)
        if node.op != "call_function" or name is None:
            continue
        keys[node.name] = (name, counts.get(name, 0))
        counts[name] = counts.get(name, 0) + 1
    again = {tuple(key) for key in PLAN["recompute"]}
    known = again | {tuple(key) for key in PLAN["save"]}
    if known and not known & set(keys.values()):
        raise RuntimeError(
            "the graph has none of the plan's operators; record the step that is compiled, and plan again"
        )
    saved, computed = [], []
    for position, node in enumerate(all_recomputable_banned_nodes):
        (computed if keys.get(node.name) in again else saved).append(position)
    return saved, computed


class _Solver(CustomKnapsackSolver):
    def __call__(self, memory, joint_graph, max_memory, node_info, all_recomputable_banned_nodes):
        return _choose(joint_graph, all_recomputable_banned_nodes)

    def uuid(self):
        return get_hash_for_files((__file__,))


solver = _Solver()
