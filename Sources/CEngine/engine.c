#define _GNU_SOURCE

#include "CEngine.h"

#include <pthread.h>
#include <spawn.h>
#include <stddef.h>
#include <time.h>

double engine_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int engine_close_from(void *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

typedef struct {
  void (*body)(void *);
  void *context;
} job;

static void *run(void *argument) {
  job *work = argument;
  work->body(work->context);
  return NULL;
}

int engine_run_on_large_stack(void (*body)(void *context), void *context) {
  job work = {body, context};
  pthread_attr_t attributes;
  pthread_t thread;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return error;
  error = pthread_attr_setstacksize(&attributes, (size_t)64 << 20);
  if (error == 0) error = pthread_create(&thread, &attributes, run, &work);
  pthread_attr_destroy(&attributes);
  return error != 0 ? error : pthread_join(thread, NULL);
}
