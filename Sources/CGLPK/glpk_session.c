#include "glpk_session.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void glpk_clear(engine_result *result) {
  memset(result, 0, sizeof *result);
  result->bound = -INFINITY;
}

#ifdef WITH_GLPK

#include <glpk.h>

int glpk_poll(glpk_session *session, const double *point) {
  engine_event event = {session->incumbent, session->bound, session->nodes, point};
  if (session->is_stopped) return 1;
  session->is_stopped = session->callbacks->event(session->callbacks->context, &event) != 0 ||
                        engine_now() >= session->deadline;
  return session->is_stopped;
}

/// Keeps the end of GLPK's words, which is where it says what went wrong.
static void remember(glpk_session *session, const char *text) {
  const size_t room = sizeof session->words - 1;
  size_t count = strlen(text);
  if (count > room) {
    text += count - room;
    count = room;
  }
  if (session->length + count > room) {
    const size_t dropped = session->length + count - room;
    memmove(session->words, session->words + dropped, session->length - dropped);
    session->length -= dropped;
  }
  memcpy(session->words + session->length, text, count);
  session->length += count;
  session->words[session->length] = 0;
}

/// Receives all that GLPK would print; 1 keeps it off the terminal.
///
/// Simplex method and feasibility pump tell their progress here and nowhere else, hence the poll.
/// The jump loses nothing: incumbents were told when they were found.
static int take_output(void *info, const char *text) {
  glpk_session *session = info;
  remember(session, text);
  if (session->callbacks->log != NULL) session->callbacks->log(session->callbacks->context, text);
  if (glpk_poll(session, NULL)) {
    session->status = ENGINE_STOPPED;
    longjmp(session->end, 1);
  }
  return 1;
}

/// Receives GLPK's fatal errors, after which it would end the process.
static void take_failure(void *info) {
  glpk_session *session = info;
  const int is_memory = strstr(session->words, "memory") != NULL;
  session->status = is_memory ? ENGINE_OUT_OF_MEMORY : ENGINE_FAILED;
  longjmp(session->end, 1);
}

static void open_environment(
    glpk_session *session, const engine_limits *limits, const engine_callbacks *callbacks,
    engine_result *result) {
  memset(session, 0, sizeof *session);
  session->status = ENGINE_FAILED;
  session->callbacks = callbacks;
  session->deadline = engine_now() + limits->seconds;
  session->incumbent = INFINITY;
  session->bound = -INFINITY;
  session->result = result;
  glp_init_env();
  glp_term_hook(take_output, session);
  glp_error_hook(take_failure, session);
  if (limits->memory_mebibytes > 0) glp_mem_limit(limits->memory_mebibytes);
}

static void close_environment(glpk_session *session) {
  engine_result *result = session->result;
  glp_error_hook(NULL, NULL);
  glp_term_hook(NULL, NULL);
  glp_free_env();
  result->status = session->status;
  result->nodes = session->nodes;
  result->bound = session->bound;
  if (session->status == ENGINE_FAILED || session->status == ENGINE_OUT_OF_MEMORY) {
    snprintf(result->message, sizeof result->message, "%s", session->words);
  }
}

void glpk_run(
    glpk_session *session, const engine_limits *limits, const engine_callbacks *callbacks,
    engine_result *result, void (*body)(glpk_session *, void *), void *arguments) {
  glpk_clear(result);
  open_environment(session, limits, callbacks, result);
  // The session belongs to the caller, so that the jump leaves none of its values undefined.
  if (setjmp(session->end) == 0) body(session, arguments);
  close_environment(session);
}

#endif
