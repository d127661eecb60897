#include "CCbc.h"
