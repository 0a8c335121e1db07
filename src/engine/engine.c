/* The engines that there are (see engine.h). */
#include "engine/engine.h"

#include <string.h>

const struct engine_ops *const engines[] = {&engine_patch, &engine_link, &engine_trap,
                                            &engine_ptrace, NULL};

const struct engine_ops *engine_find(const char *name)
{
    for (const struct engine_ops *const *engine = engines; *engine != NULL; engine++) {
        if (strcmp((*engine)->name, name) == 0)
            return *engine;
    }
    return NULL;
}
