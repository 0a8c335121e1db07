/*
 * What the two programs of this example say to each other, besides printing and ending.
 */
#pragma once

#define CHILD_BADGE  7
#define LABEL_SQUARE 1 /* word 0: a number; answers its square */
#define LABEL_SUM    2 /* any words; answers their sum */
