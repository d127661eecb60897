"""Runs other programs on files of planner-bench and answers in one line of JSON.

  peers.py highs MODEL.mps SECONDS GAP      HiGHS reads the model and solves it
  peers.py pulp MODEL.mps SECONDS GAP       PuLP models it and its CBC solves it
  peers.py greedy|dp KNAPSACK.json          the knapsack solvers of PyTorch's partitioner
  peers.py pickle FILE                      Python reads a pickle

Seconds leave out the imports. A missing package is told as "missing".
"""

import json
import os
import pickle
import sys
import time


def read(path):
    """Returns the model that HiGHS reads, as HiGHS and as its plain arrays."""
    import highspy

    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    if highs.readModel(path) == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS can't read the model")
    return highs, highs.getLp()


def solve_with_highs(path, limit, gap):
    import highspy

    begin = time.perf_counter()
    highs, _ = read(path)
    built = time.perf_counter()
    highs.setOptionValue("time_limit", limit)
    highs.setOptionValue("mip_rel_gap", gap)
    highs.run()
    end = time.perf_counter()
    info = highs.getInfo()
    has_point = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return {
        "seconds": end - built,
        "building_seconds": built - begin,
        "objective": info.objective_function_value if has_point else None,
        "bound": info.mip_dual_bound,
        "point": list(highs.getSolution().col_value) if has_point else None,
        "status": highs.modelStatusToString(highs.getModelStatus()),
        "version": "HiGHS " + highs.version(),
    }


def solve_with_pulp(path, limit, gap):
    import highspy
    import pulp

    _, lp = read(path)
    infinity = 1e30
    matrix = lp.a_matrix_
    matrix.ensureColwise() if hasattr(matrix, "ensureColwise") else None
    starts, index, value = list(matrix.start_), list(matrix.index_), list(matrix.value_)
    costs, lower, upper = list(lp.col_cost_), list(lp.col_lower_), list(lp.col_upper_)
    row_lower, row_upper = list(lp.row_lower_), list(lp.row_upper_)
    kinds = list(lp.integrality_) or [highspy.HighsVarType.kContinuous] * len(costs)
    begin = time.perf_counter()
    problem = pulp.LpProblem("swap", pulp.LpMinimize)
    variables = []
    for column in range(len(costs)):
        is_integer = kinds[column] == highspy.HighsVarType.kInteger
        variables.append(
            pulp.LpVariable(
                f"x{column}",
                lower[column] if lower[column] > -infinity else None,
                upper[column] if upper[column] < infinity else None,
                pulp.LpInteger if is_integer else pulp.LpContinuous,
            )
        )
    problem += pulp.LpAffineExpression([(v, c) for v, c in zip(variables, costs) if c])
    rows = [[] for _ in row_lower]
    for column, variable in enumerate(variables):
        for position in range(starts[column], starts[column + 1]):
            rows[index[position]].append((variable, value[position]))
    for terms, low, high in zip(rows, row_lower, row_upper):
        if low == high:
            problem += pulp.LpAffineExpression(terms) == low
            continue
        if low > -infinity:
            problem += pulp.LpAffineExpression(terms) >= low
        if high < infinity:
            problem += pulp.LpAffineExpression(terms) <= high
    built = time.perf_counter()
    solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=limit, gapRel=gap, threads=1)
    problem.solve(solver)
    end = time.perf_counter()
    has_point = problem.sol_status in (1, 2)
    point = [v.value() or 0.0 for v in variables] if has_point else None
    return {
        "seconds": end - built,
        "building_seconds": built - begin,
        "objective": sum(c * x for c, x in zip(costs, point)) + lp.offset_ if point else None,
        "point": point,
        "status": pulp.LpSolution[problem.sol_status],
        "version": "PuLP " + pulp.__version__,
    }


def solve_knapsack(kind, path):
    import torch
    from torch._functorch._activation_checkpointing import knapsack

    solvers = {"greedy": knapsack.greedy_knapsack, "dp": knapsack.dp_knapsack}
    with open(path) as file:
        items = json.load(file)
    begin = time.perf_counter()
    _, kept, _ = solvers[kind](items["memory"], items["runtime"], items["budget"])
    end = time.perf_counter()
    used = sum(items["memory"][item] for item in kept)
    return {
        "seconds": end - begin,
        "objective": sum(items["runtime"][item] for item in kept),
        "kept": sorted(int(item) for item in kept),
        "status": f"uses {100 * used / items['budget']:.2f} % of the budget",
        "version": "PyTorch " + torch.__version__,
    }


def read_pickle(path):
    begin = time.perf_counter()
    with open(path, "rb") as file:
        pickle.load(file)
    return {"seconds": time.perf_counter() - begin}


def main():
    command, path = sys.argv[1:3]
    # What libraries print must not mix with the answer.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        if command == "pickle":
            result = read_pickle(path)
        elif command in ("greedy", "dp"):
            result = solve_knapsack(command, path)
        else:
            solve = {"highs": solve_with_highs, "pulp": solve_with_pulp}[command]
            result = solve(path, float(sys.argv[3]), float(sys.argv[4]))
    except ImportError as error:
        result = {"missing": f"{error}; pip install torch pulp highspy"}
    except Exception as error:  # pylint: disable=broad-except
        result = {"missing": f"{type(error).__name__}: {error}"}
    print(json.dumps(result), file=answer, flush=True)


main()
