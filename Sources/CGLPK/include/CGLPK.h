#ifndef CGLPK_H
#define CGLPK_H

#include "CEngine.h"

// GLPK 5.0 behind functions that keep no state between calls.
//
// Owner:  each call builds and frees its own problem and GLPK's environment of the thread;
//         a program read from MathProg belongs to the caller until `glpk_free_program`.
// Thread: any, several at once; best one that ends with the call, with a stack of a few MiB.
// Aborts: nothing. GLPK answers misuse and lack of memory by ending the process; here such an error
//         jumps back (over C frames only) and becomes a status, and the environment is dropped.
// Built without `WITH_GLPK`, every call answers `ENGINE_NOT_BUILT`.

/// The version of the library, "5.0"; empty when not built.
const char *glpk_version(void);

/// Solves the relaxation by the simplex method, then the integer program by branch and cut.
void glpk_solve(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    double *point, engine_result *result);

/// Solves the relaxation by the simplex method.
void glpk_relax(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    double *point, double *row_duals, double *reduced_costs, engine_result *result);

/// A program as MathProg states it, row by row.
typedef struct {
  int columns;
  int rows;
  int is_maximized;
  double offset;
  /// Names, each ended by a zero byte, columns first.
  char *names;
  double *objective;
  double *column_lower;
  double *column_upper;
  unsigned char *is_integer;
  double *row_lower;
  double *row_upper;
  /// Where each row's terms begin; `rows + 1` entries.
  int *starts;
  /// The column of each term, from 0.
  int *indices;
  double *values;
} glpk_program;

/// Translates a MathProg model with its data, or NULL for none, into arrays.
///
/// A model may loop without end, fill the memory, and write files by `printf ... > name` and
/// `table`. `log` receives what it prints and what is wrong with it.
void glpk_read_mathprog(
    const char *model, const char *data, const engine_callbacks *callbacks, glpk_program *program,
    engine_result *result);

/// Frees the arrays of a program.
void glpk_free_program(glpk_program *program);

/// Makes GLPK fail as on misuse, to test that the process outlives it.
void glpk_provoke_failure(engine_result *result);

#endif
