#define _GNU_SOURCE

#include "glpk_session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void glpk_free_program(glpk_program *program) {
  free(program->names);
  free(program->objective);
  free(program->column_lower);
  free(program->column_upper);
  free(program->is_integer);
  free(program->row_lower);
  free(program->row_upper);
  free(program->starts);
  free(program->indices);
  free(program->values);
  memset(program, 0, sizeof *program);
}

#ifndef WITH_GLPK

void glpk_read_mathprog(
    const char *model, const char *data, const engine_callbacks *callbacks, glpk_program *program,
    engine_result *result) {
  (void)model, (void)data, (void)callbacks;
  memset(program, 0, sizeof *program);
  glpk_clear(result);
  result->status = ENGINE_NOT_BUILT;
}

#else

#include <glpk.h>
#include <sys/mman.h>
#include <unistd.h>

/// A file in memory; GLPK reads files by name only.
typedef struct {
  int descriptor;
  char path[32];
} memory_file;

static int open_memory_file(memory_file *file, const char *name, const char *text) {
  size_t left = strlen(text);
  file->descriptor = memfd_create(name, MFD_CLOEXEC);
  if (file->descriptor < 0) return -1;
  while (left > 0) {
    const ssize_t count = write(file->descriptor, text, left);
    if (count < 0) return -1;
    text += count;
    left -= (size_t)count;
  }
  snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->descriptor);
  return 0;
}

/// What one call was given.
typedef struct {
  const memory_file *model;
  const memory_file *data;
  glpk_program *program;
} arguments;

static int is_free(glp_prob *problem, int row) {
  return glp_get_row_type(problem, row) == GLP_FR;
}

/// Copies names, columns first. The arrays are not GLPK's, so that they outlive its environment.
static int copy_names(glp_prob *problem, glpk_program *program) {
  const int columns = glp_get_num_cols(problem), rows = glp_get_num_rows(problem);
  size_t size = 1;
  for (int column = 1; column <= columns; ++column) {
    size += strlen(glp_get_col_name(problem, column)) + 1;
  }
  for (int row = 1; row <= rows; ++row) size += strlen(glp_get_row_name(problem, row)) + 1;
  char *next = program->names = calloc(size, 1);
  if (next == NULL) return -1;
  for (int column = 1; column <= columns; ++column) {
    next = stpcpy(next, glp_get_col_name(problem, column)) + 1;
  }
  for (int row = 1; row <= rows; ++row) {
    if (!is_free(problem, row)) next = stpcpy(next, glp_get_row_name(problem, row)) + 1;
  }
  return 0;
}

static double lower_bound(int type, double value) {
  return type == GLP_FR || type == GLP_UP ? -INFINITY : value;
}

static double upper_bound(int type, double value) {
  return type == GLP_FR || type == GLP_LO ? INFINITY : value;
}

static void copy_columns(glp_prob *problem, glpk_program *program) {
  for (int column = 0; column < program->columns; ++column) {
    const int type = glp_get_col_type(problem, column + 1);
    program->objective[column] = glp_get_obj_coef(problem, column + 1);
    program->column_lower[column] = lower_bound(type, glp_get_col_lb(problem, column + 1));
    program->column_upper[column] = upper_bound(type, glp_get_col_ub(problem, column + 1));
    if (type == GLP_FX) program->column_upper[column] = program->column_lower[column];
    program->is_integer[column] = glp_get_col_kind(problem, column + 1) != GLP_CV;
  }
}

/// Copies the rows that restrict something; the translator also makes one of the objective.
static void copy_rows(glp_prob *problem, glpk_program *program) {
  int next = 0, used = 0;
  // GLPK counts terms from 1.
  int *columns = glp_alloc(program->columns + 1, sizeof(int));
  double *values = glp_alloc(program->columns + 1, sizeof(double));
  for (int row = 1; row <= glp_get_num_rows(problem); ++row) {
    if (is_free(problem, row)) continue;
    const int type = glp_get_row_type(problem, row);
    program->row_lower[next] = lower_bound(type, glp_get_row_lb(problem, row));
    program->row_upper[next] = upper_bound(type, glp_get_row_ub(problem, row));
    if (type == GLP_FX) program->row_upper[next] = program->row_lower[next];
    const int count = glp_get_mat_row(problem, row, columns, values);
    for (int term = 1; term <= count; ++term, ++used) {
      program->indices[used] = columns[term] - 1;
      program->values[used] = values[term];
    }
    program->starts[++next] = used;
  }
  program->rows = next;
}

static engine_status copy_program(glp_prob *problem, glpk_program *program) {
  const size_t columns = (size_t)glp_get_num_cols(problem) + 1;
  const size_t rows = (size_t)glp_get_num_rows(problem) + 1;
  const size_t terms = (size_t)glp_get_num_nz(problem) + 1;
  program->columns = glp_get_num_cols(problem);
  program->is_maximized = glp_get_obj_dir(problem) == GLP_MAX;
  program->offset = glp_get_obj_coef(problem, 0);
  program->objective = calloc(columns, sizeof(double));
  program->column_lower = calloc(columns, sizeof(double));
  program->column_upper = calloc(columns, sizeof(double));
  program->is_integer = calloc(columns, 1);
  program->row_lower = calloc(rows, sizeof(double));
  program->row_upper = calloc(rows, sizeof(double));
  program->starts = calloc(rows, sizeof(int));
  program->indices = calloc(terms, sizeof(int));
  program->values = calloc(terms, sizeof(double));
  const void *arrays[] = {
      program->objective, program->column_lower, program->column_upper,
      program->is_integer, program->row_lower, program->row_upper,
      program->starts, program->indices, program->values};
  for (size_t index = 0; index < sizeof arrays / sizeof arrays[0]; ++index) {
    if (arrays[index] == NULL) return ENGINE_OUT_OF_MEMORY;
  }
  if (copy_names(problem, program) != 0) return ENGINE_OUT_OF_MEMORY;
  copy_columns(problem, program);
  copy_rows(problem, program);
  return ENGINE_OPTIMAL;
}

/// Translates; at a fault the session holds the translator's words.
static engine_status translate(glp_tran *translator, const arguments *given) {
  if (glp_mpl_read_model(translator, given->model->path, 0) != 0) return ENGINE_FAILED;
  if (given->data != NULL && glp_mpl_read_data(translator, given->data->path) != 0) {
    return ENGINE_FAILED;
  }
  if (glp_mpl_generate(translator, NULL) != 0) return ENGINE_FAILED;
  glp_prob *problem = glp_create_prob();
  glp_mpl_build_prob(translator, problem);
  return copy_program(problem, given->program);
}

/// Frees the workspace at a fault too: it closes the file that was being read, which the end of the
/// environment does not.
static void read_body(glpk_session *session, void *info) {
  glp_tran *translator = glp_mpl_alloc_wksp();
  session->status = translate(translator, info);
  glp_mpl_free_wksp(translator);
}

void glpk_read_mathprog(
    const char *model, const char *data, const engine_callbacks *callbacks, glpk_program *program,
    engine_result *result) {
  const engine_limits limits = {.seconds = INFINITY};
  memory_file model_file = {.descriptor = -1}, data_file = {.descriptor = -1};
  memset(program, 0, sizeof *program);
  glpk_clear(result);
  result->status = ENGINE_OUT_OF_MEMORY;
  const int is_open = open_memory_file(&model_file, "model", model) == 0 &&
                      (data == NULL || open_memory_file(&data_file, "data", data) == 0);
  if (is_open) {
    glpk_session session;
    arguments given = {&model_file, data == NULL ? NULL : &data_file, program};
    glpk_run(&session, &limits, callbacks, result, read_body, &given);
    if (result->status != ENGINE_OPTIMAL) glpk_free_program(program);
  }
  if (model_file.descriptor >= 0) close(model_file.descriptor);
  if (data_file.descriptor >= 0) close(data_file.descriptor);
}

#endif
