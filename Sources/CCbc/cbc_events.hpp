#ifndef CBC_EVENTS_HPP
#define CBC_EVENTS_HPP

#include "CCbc.h"

#include <cmath>
#include <vector>

#include <coin/CbcEventHandler.hpp>
#include <coin/CbcModel.hpp>
#include <coin/ClpEventHandler.hpp>
#include <coin/ClpSimplex.hpp>
#include <coin/CoinMessageHandler.hpp>

// How CBC and Clp tell the caller where a search stands, and are ended by it.

namespace cbc_engine {

/// What the caller wants to know, and what one solve has told so far.
struct Search {
  const engine_model *model;
  const engine_limits *limits;
  const engine_callbacks *callbacks;
  double start = engine_now();
  double incumbent = HUGE_VAL;
  double bound = -HUGE_VAL;
  long nodes = 0;
  bool stopped = false;
  /// The model of the main search; events of heuristics' smaller searches are not told.
  CbcModel *main = nullptr;

  Search(const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks)
      : model(model), limits(limits), callbacks(callbacks) {}

  double elapsed() const { return engine_now() - start; }
  double secondsLeft() const { return limits->seconds - elapsed(); }

  /// Tells the caller where the search stands; true if it shall end.
  bool tell(const double *point = nullptr) {
    engine_event event = {incumbent, bound, nodes, point};
    if (!stopped && callbacks->event(callbacks->context, &event) != 0) stopped = true;
    return stopped;
  }
};

/// Hands messages to the caller instead of printing them.
class Messages : public CoinMessageHandler {
public:
  explicit Messages(Search *search) : search(search) {
    setLogLevel(search->callbacks->log != nullptr ? 1 : 0);
  }

  int print() override {
    if (search->callbacks->log != nullptr) {
      search->callbacks->log(search->callbacks->context, messageBuffer());
      search->callbacks->log(search->callbacks->context, "\n");
    }
    return 0;
  }

  CoinMessageHandler *clone() const override { return new Messages(*this); }

private:
  Search *search;
};

/// Ends the root relaxation when the caller or the clock says so.
class RelaxationEvents : public ClpEventHandler {
public:
  explicit RelaxationEvents(Search *search) : search(search) {}

  int event(Event) override {
    if (++calls % 64 != 0) return -1;
    return search->tell() || search->secondsLeft() <= 0 ? 0 : -1;
  }

  ClpEventHandler *clone() const override { return new RelaxationEvents(*this); }

private:
  Search *search;
  unsigned calls = 0;
};

/// Makes points of the given model from points of CBC's preprocessed one.
///
/// Preprocessing removes and replaces columns; CBC maps points back only after the search. Here the
/// integers that remained are fixed in the given model, and Clp finds the rest.
class Completion {
public:
  Completion(const ClpSimplex &relaxation, const engine_model *given)
      : simplex(relaxation), given(given),
        lower(relaxation.columnLower(), relaxation.columnLower() + given->columns),
        upper(relaxation.columnUpper(), relaxation.columnUpper() + given->columns) {
    simplex.setLogLevel(0);
  }

  /// The point for CBC's incumbent, or NULL if there is none or it would take too long.
  const double *point(const CbcModel &searched, double elapsed) {
    const double *incumbent = searched.bestSolution();
    if (incumbent == nullptr || spent > 0.1 * elapsed + 0.05) return nullptr;
    const double start = engine_now();
    const int *original = searched.originalColumns();
    for (int column = 0; column < given->columns; ++column) {
      simplex.setColumnBounds(column, lower[size_t(column)], upper[size_t(column)]);
    }
    for (int column = 0; column < searched.getNumCols(); ++column) {
      const int target = original != nullptr ? original[column] : column;
      if (target < 0 || target >= given->columns || !given->is_integer[target]) continue;
      const double value = std::round(incumbent[column]);
      if (value < lower[size_t(target)] || value > upper[size_t(target)]) continue;
      simplex.setColumnBounds(target, value, value);
    }
    simplex.dual();
    spent += engine_now() - start;
    return simplex.status() == 0 ? simplex.primalColumnSolution() : nullptr;
  }

private:
  ClpSimplex simplex;
  const engine_model *given;
  const std::vector<double> lower;
  const std::vector<double> upper;
  double spent = 0;
};

/// Tells incumbents and bounds of the main search, and ends it.
class SearchEvents : public CbcEventHandler {
public:
  /// Without a completion, incumbents are told without their points.
  SearchEvents(Search *search, Completion *completion) : search(search), completion(completion) {}

  CbcEventHandler *clone() const override { return new SearchEvents(*this); }

  /// Gives a search the time that is left. Not earlier: when CBC's clock runs out while it preprocesses,
  /// it calls feasible models infeasible or crashes in CglPreProcess::postProcess.
  void startClock(CbcModel *main) const {
    if (!std::isfinite(search->limits->seconds)) return;
    main->setMaximumSeconds(std::fmax(1e-3, search->secondsLeft()));
  }

  CbcAction event(CbcEvent) override {
    const double *point = nullptr;
    if (model_ != nullptr && model_ == search->main) {
      const double bound = model_->getBestPossibleObjValue();
      if (std::fabs(bound) < 1e49 && bound > search->bound) search->bound = bound;
      const double value = model_->getObjValue();
      if (value < 1e49 && value < search->incumbent) {
        search->incumbent = value;
        if (completion != nullptr) point = completion->point(*model_, search->elapsed());
      }
      search->nodes = model_->getNodeCount();
    }
    return search->tell(point) ? stop : noAction;
  }

  CbcAction event(CbcEvent which, void *) override { return event(which); }

  /// Turns to the model of the main search, or away from it.
  void watch(CbcModel *main) {
    search->main = main;
    if (main != nullptr) setModel(main);
  }

private:
  Search *search;
  Completion *completion;
};

}  // namespace cbc_engine

#endif
