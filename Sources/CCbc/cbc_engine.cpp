#include "CCbc.h"

#include <cmath>
#include <cstdio>
#include <cstring>

#ifndef WITH_CBC

const char *cbc_version(void) { return ""; }

void cbc_solve(
    const engine_model *, const engine_limits *, const engine_callbacks *, double *,
    engine_result *result) {
  std::memset(result, 0, sizeof *result);
  result->bound = -HUGE_VAL;
  result->status = ENGINE_NOT_BUILT;
}

void cbc_relax(
    const engine_model *, const engine_limits *, const engine_callbacks *, double *, double *,
    double *, engine_result *result) {
  std::memset(result, 0, sizeof *result);
  result->bound = -HUGE_VAL;
  result->status = ENGINE_NOT_BUILT;
}

#else

#include "cbc_events.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include <coin/CbcModel.hpp>
#include <coin/CbcSolver.hpp>
#include <coin/ClpSimplex.hpp>
#include <coin/ClpSolve.hpp>
#include <coin/CoinError.hpp>
#include <coin/CoinWarmStartBasis.hpp>
#include <coin/OsiClpSolverInterface.hpp>

using namespace cbc_engine;

namespace {

// CbcMain1 keeps its argument cursor in globals, so that two solves at once give wrong answers.
std::timed_mutex gate;

/// Turns the event handler of CbcMain1's copy of the model to that copy during the search.
///
/// CbcMain1 searches a copy whose event handler was cloned with it and still refers to the first;
/// it calls this function just before the search (3) and after it (4).
int turnEvents(CbcModel *copy, int whereFrom) {
  auto *events = dynamic_cast<SearchEvents *>(copy->getEventHandler());
  if (events == nullptr) return 0;
  if (whereFrom == 3) {
    events->watch(copy);
    events->startClock(copy);
  }
  if (whereFrom == 4) events->watch(nullptr);
  return 0;
}

/// Copies the bounds with COIN's number for infinity.
std::vector<double> coinBounds(const double *bounds, int count) {
  std::vector<double> copy(bounds, bounds + count);
  for (double &bound : copy) {
    if (std::isinf(bound)) bound = bound < 0 ? -COIN_DBL_MAX : COIN_DBL_MAX;
  }
  return copy;
}

/// By how much a point misses the bounds of rows and columns at most.
double worstMiss(const ClpSimplex &simplex) {
  double worst = 0;
  auto look = [&worst](const double *values, const double *lower, const double *upper, int count) {
    for (int i = 0; i < count; ++i) {
      worst = std::fmax(worst, std::fmax(lower[i] - values[i], values[i] - upper[i]));
    }
  };
  look(
      simplex.primalColumnSolution(), simplex.columnLower(), simplex.columnUpper(),
      simplex.numberColumns());
  look(simplex.primalRowSolution(), simplex.rowLower(), simplex.rowUpper(), simplex.numberRows());
  return worst;
}

/// Goes on from an optimum without scaling; where that ends otherwise, the point found before stays.
void solveUnscaled(ClpSimplex &simplex) {
  const int scaling = simplex.scalingFlag();
  ClpSimplex unscaled(simplex);
  unscaled.scaling(0);
  unscaled.primal();
  if (unscaled.status() != 0) return;
  simplex = unscaled;
  simplex.scaling(scaling);
}

/// Loads the model without its integrality, and solves it.
void relax(ClpSimplex &simplex, Search &search, Messages &messages) {
  const engine_model &model = *search.model;
  const auto columnLower = coinBounds(model.column_lower, model.columns);
  const auto columnUpper = coinBounds(model.column_upper, model.columns);
  const auto rowLower = coinBounds(model.row_lower, model.rows);
  const auto rowUpper = coinBounds(model.row_upper, model.rows);
  RelaxationEvents events(&search);
  simplex.passInMessageHandler(&messages);
  simplex.setLogLevel(messages.logLevel());
  simplex.passInEventHandler(&events);
  simplex.loadProblem(
      model.columns, model.rows, model.starts, model.indices, model.values, columnLower.data(),
      columnUpper.data(), model.objective, rowLower.data(), rowUpper.data());
  ClpSolve options;
  options.setSolveType(ClpSolve::usePrimal);
  simplex.initialSolve(options);
  // The dual simplex of 1.17.6 calls some feasible programs with free columns infeasible; the primal
  // one has the last word.
  if (simplex.status() == 1) simplex.primal();
  // Clp keeps its tolerance in the scaled program; in this one a bound may be missed by a thousand times as much.
  if (simplex.status() == 0 && worstMiss(simplex) > 1e-6) solveUnscaled(simplex);
}

/// Translates Clp's status (ClpModel::status).
engine_status relaxationStatus(const ClpSimplex &simplex, engine_result *result) {
  switch (simplex.status()) {
  case 0: return ENGINE_OPTIMAL;
  case 1: return ENGINE_INFEASIBLE;
  case 2: return ENGINE_UNBOUNDED;
  case 3:
  case 5: return ENGINE_STOPPED;
  default:
    std::snprintf(
        result->message, sizeof result->message, "Clp ended with status %d, secondary status %d",
        simplex.status(), simplex.secondaryStatus());
    return ENGINE_NUMERICAL_TROUBLE;
  }
}

/// Translates CBC's status (CbcModel::status, CbcModel::secondaryStatus) after a search.
engine_status searchStatus(const CbcModel &model, engine_result *result) {
  const int status = model.status();
  const int secondary = model.secondaryStatus();
  if (status == 0 && secondary == 7) return ENGINE_UNBOUNDED;
  if (status == 0 && result->has_point) return ENGINE_OPTIMAL;
  if (status == 0 && secondary == 1) return ENGINE_INFEASIBLE;
  if (status == 1 || status == 5) return ENGINE_STOPPED;
  std::snprintf(
      result->message, sizeof result->message, "CBC ended with status %d, secondary status %d",
      status, secondary);
  return ENGINE_FAILED;
}

/// CBC's command line for one solve.
std::vector<std::string> arguments(const Search &search, bool isLogged) {
  std::vector<std::string> list = {"cbc", "-log", isLogged ? "1" : "0"};
  if (std::isfinite(search.limits->seconds)) {
    list.push_back("-timeMode");
    list.push_back("elapsed");
  }
  list.push_back("-solve");
  list.push_back("-quit");
  return list;
}

/// Gives CBC a point to start from. It looks columns up by name, and completes the continuous ones.
void setStart(CbcModel &model, const Search &search) {
  std::vector<std::string> names;
  std::vector<double> values;
  for (int column = 0; column < search.model->columns; ++column) {
    if (!search.model->is_integer[column]) continue;
    names.push_back(model.solver()->getColName(column));
    values.push_back(search.limits->start[column]);
  }
  std::vector<const char *> pointers;
  for (const std::string &name : names) pointers.push_back(name.c_str());
  model.setMIPStart(static_cast<int>(pointers.size()), pointers.data(), values.data());
}

/// Searches from a solved relaxation.
void branchAndCut(
    const ClpSimplex &relaxation, Search &search, Messages &messages, double *point,
    engine_result *result) {
  const engine_model &given = *search.model;
  OsiClpSolverInterface solver;
  // An assignment between models of Clp 1.17 loses the handler that the left one made for itself: 1,624 bytes.
  solver.getModelPtr()->passInMessageHandler(&messages);
  *solver.getModelPtr() = relaxation;
  const ClpEventHandler silent;
  solver.getModelPtr()->passInEventHandler(&silent);
  std::unique_ptr<CoinWarmStartBasis> basis(relaxation.getBasis());
  solver.setWarmStart(basis.get());
  for (int column = 0; column < given.columns; ++column) {
    if (given.is_integer[column]) solver.setInteger(column);
  }
  CbcModel model(solver);
  model.passInMessageHandler(&messages);
  model.solver()->passInMessageHandler(&messages);
  CbcSolverUsefulData data;
  data.noPrinting_ = true;
  data.useSignalHandler_ = false;
  CbcMain0(model, data);
  std::unique_ptr<Completion> completion;
  if (search.limits->wants_points) completion.reset(new Completion(relaxation, search.model));
  SearchEvents events(&search, completion.get());
  model.passInEventHandler(&events);
  if (search.limits->start != nullptr) setStart(model, search);

  const auto list = arguments(search, messages.logLevel() > 0);
  std::vector<const char *> pointers;
  for (const std::string &argument : list) pointers.push_back(argument.c_str());
  CbcMain1(static_cast<int>(pointers.size()), pointers.data(), model, turnEvents, data);

  if (const double *best = model.bestSolution()) {
    std::memcpy(point, best, sizeof(double) * static_cast<size_t>(given.columns));
    result->has_point = 1;
  }
  result->status = searchStatus(model, result);
  result->nodes = model.getNodeCount();
  const double bound = model.getBestPossibleObjValue();
  result->bound = std::fabs(bound) < 1e49 ? std::fmax(bound, search.bound) : search.bound;
}

/// Waits for its turn, then calls `body` with every exception turned into a status.
template <typename Body>
void guarded(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    engine_result *result, Body body) {
  std::memset(result, 0, sizeof *result);
  result->bound = -HUGE_VAL;
  result->status = ENGINE_FAILED;
  Search search(model, limits, callbacks);
  try {
    std::unique_lock<std::timed_mutex> turn(gate, std::defer_lock);
    while (!turn.try_lock_for(std::chrono::milliseconds(20))) {
      if (search.tell() || search.secondsLeft() <= 0) {
        result->status = ENGINE_STOPPED;
        return;
      }
    }
    Messages messages(&search);
    body(search, messages);
  } catch (const std::bad_alloc &) {
    result->status = ENGINE_OUT_OF_MEMORY;
    std::snprintf(result->message, sizeof result->message, "out of memory");
  } catch (const CoinError &error) {
    std::snprintf(
        result->message, sizeof result->message, "%s::%s: %s", error.className().c_str(),
        error.methodName().c_str(), error.message().c_str());
  } catch (const std::exception &error) {
    std::snprintf(result->message, sizeof result->message, "%s", error.what());
  } catch (...) {
    std::snprintf(result->message, sizeof result->message, "an unknown exception");
  }
  if (search.bound > result->bound) result->bound = search.bound;
  if (search.nodes > result->nodes) result->nodes = search.nodes;
}

}  // namespace

const char *cbc_version(void) { return CBC_VERSION; }

void cbc_solve(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    double *point, engine_result *result) {
  guarded(model, limits, callbacks, result, [&](Search &search, Messages &messages) {
    ClpSimplex simplex;
    relax(simplex, search, messages);
    result->status = relaxationStatus(simplex, result);
    if (result->status != ENGINE_OPTIMAL) return;
    result->bound = search.bound = simplex.objectiveValue();
    bool isLinear = true;
    for (int column = 0; column < model->columns; ++column) {
      if (model->is_integer[column]) isLinear = false;
    }
    if (isLinear) {
      std::memcpy(
          point, simplex.primalColumnSolution(),
          sizeof(double) * static_cast<size_t>(model->columns));
      result->has_point = 1;
    } else if (search.tell()) {
      result->status = ENGINE_STOPPED;
    } else {
      branchAndCut(simplex, search, messages, point, result);
    }
  });
}

void cbc_relax(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    double *point, double *row_duals, double *reduced_costs, engine_result *result) {
  guarded(model, limits, callbacks, result, [&](Search &search, Messages &messages) {
    ClpSimplex simplex;
    relax(simplex, search, messages);
    result->status = relaxationStatus(simplex, result);
    if (result->status != ENGINE_OPTIMAL) return;
    const size_t columns = sizeof(double) * static_cast<size_t>(model->columns);
    std::memcpy(point, simplex.primalColumnSolution(), columns);
    std::memcpy(reduced_costs, simplex.dualColumnSolution(), columns);
    std::memcpy(
        row_duals, simplex.dualRowSolution(), sizeof(double) * static_cast<size_t>(model->rows));
    result->has_point = 1;
    result->bound = simplex.objectiveValue();
  });
}

#endif
