/*
 * What the two programs of shm share.
 */
#pragma once

#define SHM_ADDRESS 0x50000000ul
#define SHM_PING    (CHILD_FIRST_FREE + 0) /* the child waits for it */
#define SHM_PONG    (CHILD_FIRST_FREE + 1)
#define SHM_ROUNDS  5
