// Solves random programs again and again in one process, through the C functions that the workers call, and
// tells the bytes in use: the script leaks beside it builds and runs it.
//
// Of every ten programs some have no solution, some are cut off by their callback or by a limit of time, and
// for GLPK some meet a limit of memory or misuse; each of these ways out has to give back what it took.
#include <malloc.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CCbc.h"
#include "CEngine.h"
#include "CGLPK.h"

enum { COLUMNS = 40, ROWS = 25, TERMS = 6 };

static uint64_t state = 1;

// The next random number (SplitMix64).
static uint64_t next(void) {
  uint64_t mixed = state += 0x9E3779B97F4A7C15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  return mixed ^ (mixed >> 31);
}

typedef struct {
  int is_cbc, is_relaxed, calls, stop_after, misuses;
  engine_model model;
  engine_limits limits;
  engine_result result;
} job;

static int event(void *context, const engine_event *told) {
  (void)told;
  job *work = context;
  return work->stop_after > 0 && ++work->calls >= work->stop_after;
}

static void ignore_log(void *context, const char *text) {
  (void)context;
  (void)text;
}

static void solve(void *context) {
  job *work = context;
  static double point[COLUMNS], duals[ROWS], reduced[COLUMNS];
  engine_callbacks callbacks = {work, event, ignore_log};
  if (work->misuses) {
    glpk_provoke_failure(&work->result);
  } else if (work->is_relaxed) {
    (work->is_cbc ? cbc_relax : glpk_relax)(
        &work->model, &work->limits, &callbacks, point, duals, reduced, &work->result);
  } else {
    (work->is_cbc ? cbc_solve : glpk_solve)(
        &work->model, &work->limits, &callbacks, point, &work->result);
  }
}

// A covering program; where it has no solution, its last row asks for too much.
static void attempt(int is_cbc, int number, int *ended) {
  static int starts[COLUMNS + 1], indices[COLUMNS * TERMS];
  static double values[COLUMNS * TERMS], objective[COLUMNS], zeros[COLUMNS], ones[COLUMNS];
  static double below[ROWS], above[ROWS];
  static unsigned char integer[COLUMNS];
  for (int column = 0; column < COLUMNS; column++) {
    starts[column] = column * TERMS;
    int first = (int)(next() % ROWS);
    for (int term = 0; term < TERMS; term++) {
      indices[column * TERMS + term] = (first + 4 * term) % ROWS;
      values[column * TERMS + term] = 1 + (double)(next() % 9);
    }
    objective[column] = 1 + (double)(next() % 50);
    ones[column] = 1;
    integer[column] = 1;
  }
  starts[COLUMNS] = COLUMNS * TERMS;
  for (int row = 0; row < ROWS; row++) {
    below[row] = 8;
    above[row] = INFINITY;
  }
  job work = {.is_cbc = is_cbc};
  if (number % 10 == 3) below[ROWS - 1] = 1e6;
  work.is_relaxed = number % 10 == 5;
  work.stop_after = number % 10 == 7 ? 1 : 0;
  work.limits.seconds = number % 10 == 9 ? 0.001 : INFINITY;
  work.limits.memory_mebibytes = !is_cbc && number % 10 == 1 ? 1 : 0;
  work.misuses = !is_cbc && number % 10 == 4;
  work.model = (engine_model){
      COLUMNS, ROWS, starts, indices, values, objective, zeros, ones, integer, below, above};
  if (engine_run_on_large_stack(solve, &work) != 0) abort();
  ended[work.result.status]++;
}

int main(int count, char **arguments) {
  if (count < 3) return 64;
  int is_cbc = strcmp(arguments[1], "cbc") == 0, solves = atoi(arguments[2]);
  int ended[16] = {0};
  for (int number = 1; number <= solves; number++) {
    attempt(is_cbc, number, ended);
    if (number % 20 == 0) {
      struct mallinfo2 use = mallinfo2();
      printf("%s %d %zu\n", arguments[1], number, use.uordblks + use.hblkhd);
      fflush(stdout);
    }
  }
  printf("%s ended: optimal %d, infeasible %d, stopped %d, out of memory %d, failed %d\n",
      arguments[1], ended[ENGINE_OPTIMAL], ended[ENGINE_INFEASIBLE], ended[ENGINE_STOPPED],
      ended[ENGINE_OUT_OF_MEMORY], ended[ENGINE_FAILED] + ended[ENGINE_NUMERICAL_TROUBLE]);
  return 0;
}
