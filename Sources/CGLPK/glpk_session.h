#ifndef GLPK_SESSION_H
#define GLPK_SESSION_H

#include "CGLPK.h"

#include <setjmp.h>
#include <stddef.h>

// What the files of this target share: one call's guard against GLPK's fatal errors.

/// Jumps cross the frames of GLPK and of this target only; callbacks return before.
typedef struct {
  /// Where GLPK's fatal errors and interruptions continue.
  jmp_buf end;
  /// What the jump leads to.
  engine_status status;
  const engine_callbacks *callbacks;
  double deadline;
  double incumbent;
  double bound;
  long nodes;
  int is_stopped;
  engine_result *result;
  /// The end of what GLPK printed last.
  char words[512];
  size_t length;
} glpk_session;

/// Runs `body` in a GLPK environment of its own, and writes what the session learned.
///
/// `body` sets the session's status. Where GLPK fails or is interrupted, the rest of `body` is left
/// out, and whatever it allocated by GLPK is freed with the environment.
void glpk_run(
    glpk_session *session, const engine_limits *limits, const engine_callbacks *callbacks,
    engine_result *result, void (*body)(glpk_session *session, void *arguments), void *arguments);

/// Asks the caller and the clock whether to end; nonzero if so.
int glpk_poll(glpk_session *session, const double *point);

/// Writes an answer that knows nothing yet.
void glpk_clear(engine_result *result);

#endif
