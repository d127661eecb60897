#ifndef CCBC_H
#define CCBC_H

#include "CEngine.h"

// CBC 2.10 and Clp 1.17 behind functions that keep no state between calls.
//
// Owner:  each call builds and frees its own solver objects.
// Thread: any, on a stack of a few MiB; one call at a time runs in a process, the others wait,
//         because CBC's command interpreter keeps its state in globals (coin-or/Cbc#332).
// Aborts: COIN's assertions on NaN and on indices out of range; check the model before. C++
//         exceptions, out of memory among them, become a status.
// Built without `WITH_CBC`, every call answers `ENGINE_NOT_BUILT`.

#ifdef __cplusplus
extern "C" {
#endif

/// The version of the library, "2.10.8"; empty when not built.
const char *cbc_version(void);

/// Solves the relaxation by Clp, then the integer program by CBC.
void cbc_solve(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    double *point, engine_result *result);

/// Solves the relaxation by Clp.
void cbc_relax(
    const engine_model *model, const engine_limits *limits, const engine_callbacks *callbacks,
    double *point, double *row_duals, double *reduced_costs, engine_result *result);

#ifdef __cplusplus
}
#endif
#endif
