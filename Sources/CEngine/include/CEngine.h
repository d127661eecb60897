#ifndef CENGINE_H
#define CENGINE_H

// What the C targets over CBC and GLPK have in common: a model, limits, events and an answer.
//
// Owner:  the caller owns every array; an engine keeps no pointer after it returns.
// Thread: an engine calls `event` and `log` on the thread that called it, or on none.
// Aborts: nothing here; each engine's header says what its library may abort on.

#ifdef __cplusplus
extern "C" {
#endif

/// Minimise `objective · x` over `row_lower ≤ A x ≤ row_upper` and
/// `column_lower ≤ x ≤ column_upper`. Infinite bounds are `±INFINITY`.
typedef struct {
  int columns;
  int rows;
  /// Where each column's terms begin; `columns + 1` entries.
  const int *starts;
  /// The row of each term, from 0, each at most once in a column.
  const int *indices;
  const double *values;
  const double *objective;
  const double *column_lower;
  const double *column_upper;
  /// 1 for integer columns, whose bounds must be whole.
  const unsigned char *is_integer;
  const double *row_lower;
  const double *row_upper;
} engine_model;

typedef struct {
  /// Seconds of wall time; `INFINITY` for none.
  double seconds;
  /// Mebibytes that the engine may allocate; 0 for no limit. CBC ignores it.
  int memory_mebibytes;
  /// A feasible point to start from, or NULL.
  const double *start;
  /// 1 if incumbents are to be told as points of the given model, where that costs time.
  int wants_points;
} engine_limits;

/// Where a search stands.
typedef struct {
  /// The best objective so far; `INFINITY` for none.
  double incumbent;
  /// What the objective can't be less than; `-INFINITY` if unknown.
  double bound;
  long nodes;
  /// A new incumbent, one value for each column of the given model, or NULL.
  const double *point;
} engine_event;

typedef struct {
  void *context;
  /// Called often; a nonzero answer ends the search.
  int (*event)(void *context, const engine_event *event);
  /// Receives what the engine prints, in pieces that may hold several lines; NULL for silence.
  void (*log)(void *context, const char *text);
} engine_callbacks;

typedef enum {
  /// The point is optimal.
  ENGINE_OPTIMAL,
  ENGINE_INFEASIBLE,
  /// The linear relaxation is unbounded, or both it and its dual are infeasible.
  ENGINE_UNBOUNDED,
  /// The event callback or the time limit ended the search.
  ENGINE_STOPPED,
  ENGINE_OUT_OF_MEMORY,
  /// The engine gave up for numerical reasons; `message` holds its words.
  ENGINE_NUMERICAL_TROUBLE,
  /// The engine gave up for another reason; `message` holds its words.
  ENGINE_FAILED,
  /// This build does not contain the engine.
  ENGINE_NOT_BUILT,
} engine_status;

typedef struct {
  engine_status status;
  /// 1 if the point was written.
  int has_point;
  double bound;
  long nodes;
  char message[512];
} engine_result;

/// Finds the best point; `point` has one entry for each column.
typedef void (*engine_solve_function)(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    double *point, engine_result *result);

/// Solves the linear relaxation; `row_duals` and `reduced_costs` say how much the objective changes
/// per unit of each row's active bound and of each column.
typedef void (*engine_relax_function)(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    double *point, double *row_duals, double *reduced_costs, engine_result *result);

/// Seconds on a clock that only goes forward.
double engine_now(void);

/// Lets a process that is to be started close its descriptors from one on: a GNU extension that Swift's Glibc lacks.
///
/// `actions` is a posix_spawn_file_actions_t. Returns 0 or an error number.
int engine_close_from(void *actions, int first);

/// Calls `body` on a new thread with a stack of 64 MiB and waits for its end.
///
/// Returns 0, or the error number of `pthread_create`.
int engine_run_on_large_stack(void (*body)(void *context), void *context);

#ifdef __cplusplus
}
#endif
#endif
