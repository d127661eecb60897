#include "glpk_session.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#ifndef WITH_GLPK

const char *glpk_version(void) { return ""; }

void glpk_solve(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    double *point, engine_result *result) {
  (void)model, (void)limits, (void)callbacks, (void)point;
  glpk_clear(result);
  result->status = ENGINE_NOT_BUILT;
}

void glpk_relax(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    double *point, double *row_duals, double *reduced_costs, engine_result *result) {
  (void)model, (void)limits, (void)callbacks, (void)point, (void)row_duals, (void)reduced_costs;
  glpk_clear(result);
  result->status = ENGINE_NOT_BUILT;
}

void glpk_provoke_failure(engine_result *result) {
  glpk_clear(result);
  result->status = ENGINE_NOT_BUILT;
}

#else

#include <glpk.h>

const char *glpk_version(void) { return glp_version(); }

static int bound_type(double lower, double upper) {
  if (isinf(lower)) return isinf(upper) ? GLP_FR : GLP_UP;
  if (isinf(upper)) return GLP_LO;
  return lower == upper ? GLP_FX : GLP_DB;
}

/// Copies the model into a problem. The problem belongs to the environment, which is freed whole.
static glp_prob *load(const engine_model *model) {
  glp_prob *problem = glp_create_prob();
  glp_set_obj_dir(problem, GLP_MIN);
  glp_add_rows(problem, model->rows);
  for (int row = 0; row < model->rows; ++row) {
    const double lower = model->row_lower[row], upper = model->row_upper[row];
    glp_set_row_bnds(problem, row + 1, bound_type(lower, upper), lower, upper);
  }
  glp_add_cols(problem, model->columns);
  int *rows = glp_alloc(model->rows + 1, sizeof(int));
  for (int column = 0; column < model->columns; ++column) {
    const double lower = model->column_lower[column], upper = model->column_upper[column];
    // The kind comes first: a kind of binary would also set bounds.
    glp_set_col_kind(problem, column + 1, model->is_integer[column] ? GLP_IV : GLP_CV);
    glp_set_col_bnds(problem, column + 1, bound_type(lower, upper), lower, upper);
    glp_set_obj_coef(problem, column + 1, model->objective[column]);
    const int first = model->starts[column], count = model->starts[column + 1] - first;
    for (int term = 0; term < count; ++term) rows[term + 1] = model->indices[first + term] + 1;
    // GLPK counts from 1 and never reads the entry before.
    glp_set_mat_col(problem, column + 1, count, rows, model->values + first - 1);
  }
  glp_free(rows);
  return problem;
}

static int milliseconds_left(const glpk_session *session) {
  const double left = (session->deadline - engine_now()) * 1000;
  return left >= INT_MAX ? INT_MAX : left < 1 ? 1 : (int)left;
}

/// How often GLPK prints, and the caller is thus asked whether to go on, in milliseconds.
static const int output_interval = 200;

/// Solves the relaxation.
static engine_status relax(glpk_session *session, glp_prob *problem) {
  engine_result *result = session->result;
  glp_smcp parameters;
  glp_init_smcp(&parameters);
  parameters.msg_lev = GLP_MSG_ALL;
  parameters.meth = GLP_DUALP;
  parameters.presolve = GLP_ON;
  parameters.out_frq = output_interval;
  parameters.tm_lim = milliseconds_left(session);
  const int code = glp_simplex(problem, &parameters);
  // GLPK reference manual, glp_simplex: return codes and glp_get_status.
  switch (code) {
  case 0: break;
  case GLP_ENOPFS: return ENGINE_INFEASIBLE;
  case GLP_ENODFS: return ENGINE_UNBOUNDED;
  case GLP_ETMLIM: return ENGINE_STOPPED;
  default:
    snprintf(result->message, sizeof result->message, "glp_simplex ended with code %d", code);
    return ENGINE_NUMERICAL_TROUBLE;
  }
  switch (glp_get_status(problem)) {
  case GLP_OPT: session->bound = glp_get_obj_val(problem); return ENGINE_OPTIMAL;
  case GLP_NOFEAS: return ENGINE_INFEASIBLE;
  case GLP_UNBND: return ENGINE_UNBOUNDED;
  default:
    snprintf(
        result->message, sizeof result->message, "glp_simplex left the status %d",
        glp_get_status(problem));
    return ENGINE_NUMERICAL_TROUBLE;
  }
}

/// Copies a point that GLPK numbers from 1.
static void copy_point(glp_prob *problem, int columns, int is_integral, double *point) {
  for (int column = 0; column < columns; ++column) {
    point[column] = is_integral ? glp_mip_col_val(problem, column + 1)
                                : glp_get_col_prim(problem, column + 1);
  }
}

/// What the tree search's callback needs.
typedef struct {
  glpk_session *session;
  int columns;
  /// A point to start from; NULL once it was handed over, or if there is none.
  const double *start;
  /// Room for one point, with an entry more because GLPK counts from 1.
  double *point;
} tree_search;

/// Called by GLPK at every stage of every node.
static void follow(glp_tree *tree, void *info) {
  tree_search *search = info;
  glpk_session *session = search->session;
  glp_prob *problem = glp_ios_get_prob(tree);
  const int reason = glp_ios_reason(tree);
  const int columns = search->columns;
  int total = 0;
  glp_ios_tree_size(tree, NULL, NULL, &total);
  session->nodes = total;
  const int best = glp_ios_best_node(tree);
  if (best != 0 && glp_ios_node_bound(tree, best) > session->bound) {
    session->bound = glp_ios_node_bound(tree, best);
  }
  if (reason == GLP_IHEUR && search->start != NULL) {
    memcpy(search->point + 1, search->start, sizeof(double) * (size_t)columns);
    search->start = NULL;
    glp_ios_heur_sol(tree, search->point);
  }
  // At GLP_IBINGO the new incumbent is still the node's relaxation; later it is the MIP solution.
  const int is_new = reason == GLP_IBINGO;
  const int is_known = !is_new && glp_mip_status(problem) == GLP_FEAS;
  const double value = is_new     ? glp_get_obj_val(problem)
                       : is_known ? glp_mip_obj_val(problem)
                                  : INFINITY;
  const double *told = NULL;
  if (value < session->incumbent) {
    session->incumbent = value;
    copy_point(problem, columns, is_known, search->point);
    told = search->point;
  }
  if (glpk_poll(session, told)) glp_ios_terminate(tree);
}

/// What one call was given.
typedef struct {
  const engine_model *model;
  const engine_limits *limits;
  double *point;
  double *row_duals;
  double *reduced_costs;
} arguments;

/// Searches from a solved relaxation.
///
/// GLPK's integer presolver stays off: incumbents and starts would be points of another problem.
/// Scaling and the feasibility pump decide whether a plan with 2,000 binaries is found in seconds,
/// or not within a minute.
static engine_status branch(glpk_session *session, glp_prob *problem, const arguments *given) {
  engine_result *result = session->result;
  const int columns = given->model->columns;
  tree_search search = {
      session, columns, given->limits->start, glp_alloc(columns + 1, sizeof(double))};
  glp_iocp parameters;
  glp_init_iocp(&parameters);
  parameters.msg_lev = GLP_MSG_ALL;
  parameters.tm_lim = milliseconds_left(session);
  // The default, 1e-5, lets a coefficient of 1e6 open a switch by a tenth of its amount.
  parameters.tol_int = 1e-6;
  parameters.presolve = GLP_OFF;
  parameters.out_frq = output_interval;
  parameters.fp_heur = GLP_ON;
  parameters.gmi_cuts = GLP_ON;
  parameters.mir_cuts = GLP_ON;
  parameters.cov_cuts = GLP_ON;
  parameters.clq_cuts = GLP_ON;
  parameters.cb_func = follow;
  parameters.cb_info = &search;
  glp_scale_prob(problem, GLP_SF_AUTO);
  const int code = glp_intopt(problem, &parameters);
  // GLPK reference manual, glp_intopt: return codes and glp_mip_status.
  switch (code) {
  case 0: break;
  case GLP_ENOPFS: return ENGINE_INFEASIBLE;
  case GLP_ENODFS: return ENGINE_UNBOUNDED;
  case GLP_EMIPGAP:
  case GLP_ESTOP:
  case GLP_ETMLIM: return ENGINE_STOPPED;
  default:
    snprintf(result->message, sizeof result->message, "glp_intopt ended with code %d", code);
    return ENGINE_NUMERICAL_TROUBLE;
  }
  switch (glp_mip_status(problem)) {
  case GLP_OPT: session->bound = glp_mip_obj_val(problem); return ENGINE_OPTIMAL;
  case GLP_NOFEAS: return ENGINE_INFEASIBLE;
  default:
    snprintf(
        result->message, sizeof result->message, "glp_intopt left the status %d",
        glp_mip_status(problem));
    return ENGINE_NUMERICAL_TROUBLE;
  }
}

static int has_integers(const engine_model *model) {
  for (int column = 0; column < model->columns; ++column) {
    if (model->is_integer[column]) return 1;
  }
  return 0;
}

static void solve_body(glpk_session *session, void *info) {
  const arguments *given = info;
  glp_prob *problem = load(given->model);
  session->status = relax(session, problem);
  if (session->status != ENGINE_OPTIMAL) return;
  if (!has_integers(given->model)) {
    copy_point(problem, given->model->columns, 0, given->point);
    session->result->has_point = 1;
    return;
  }
  session->status = branch(session, problem, given);
  const int status = glp_mip_status(problem);
  if (status == GLP_OPT || status == GLP_FEAS) {
    copy_point(problem, given->model->columns, 1, given->point);
    session->result->has_point = 1;
  }
}

void glpk_solve(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    double *point, engine_result *result) {
  glpk_session session;
  arguments given = {model, limits, point, NULL, NULL};
  glpk_run(&session, limits, callbacks, result, solve_body, &given);
}

static void relax_body(glpk_session *session, void *info) {
  const arguments *given = info;
  glp_prob *problem = load(given->model);
  session->status = relax(session, problem);
  if (session->status != ENGINE_OPTIMAL) return;
  copy_point(problem, given->model->columns, 0, given->point);
  for (int column = 0; column < given->model->columns; ++column) {
    given->reduced_costs[column] = glp_get_col_dual(problem, column + 1);
  }
  for (int row = 0; row < given->model->rows; ++row) {
    given->row_duals[row] = glp_get_row_dual(problem, row + 1);
  }
  session->result->has_point = 1;
}

void glpk_relax(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    double *point, double *row_duals, double *reduced_costs, engine_result *result) {
  glpk_session session;
  arguments given = {model, limits, point, row_duals, reduced_costs};
  glpk_run(&session, limits, callbacks, result, relax_body, &given);
}

static int never_stop(void *context, const engine_event *event) {
  (void)context, (void)event;
  return 0;
}

static void failing_body(glpk_session *session, void *info) {
  (void)info;
  glp_prob *problem = glp_create_prob();
  glp_add_rows(problem, 1);
  glp_set_row_bnds(problem, 7, GLP_UP, 0, 1);
  session->status = ENGINE_OPTIMAL;
}

void glpk_provoke_failure(engine_result *result) {
  const engine_limits limits = {.seconds = INFINITY};
  const engine_callbacks callbacks = {NULL, never_stop, NULL};
  glpk_session session;
  glpk_run(&session, &limits, &callbacks, result, failing_body, NULL);
}

#endif
