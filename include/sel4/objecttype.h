/*
 * Object types for seL4_Untyped_Retype(); their numbers depend on the configuration.
 */
#pragma once

#include <sel4/simple_types.h>

#include <sel4/gen_objects.h>

SEL4_DEPRECATED("use seL4_NotificationObject")
static const seL4_ObjectType seL4_AsyncEndpointObject = seL4_NotificationObject;
