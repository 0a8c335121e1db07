/*
 * Edit distance (insert, delete, replace, swap of neighbours), two rows of it kept besides the
 * current one. A suggestion is worth making when at most a third of the word is wrong.
 */
#include "base/nearest.h"

#include <ctype.h>
#include <string.h>

#define MAX_WORD 64

static unsigned int smaller(unsigned int a, unsigned int b)
{
    return a < b ? a : b;
}

static int fold(char c)
{
    return tolower((unsigned char)c);
}

static unsigned int distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned int row[3][MAX_WORD];

    for (size_t j = 0; j <= b_length; j++) {
        row[0][j] = (unsigned int)j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        unsigned int *now = row[i % 3], *before = row[(i + 2) % 3], *older = row[(i + 1) % 3];

        now[0] = (unsigned int)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned int cost = fold(a[i - 1]) != fold(b[j - 1]);

            now[j] = smaller(smaller(before[j] + 1, now[j - 1] + 1), before[j - 1] + cost);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1])) {
                now[j] = smaller(now[j], older[j - 2] + 1);
            }
        }
    }
    return row[a_length % 3][b_length];
}

size_t nearest_name(const char *word, const char *const *names, size_t count)
{
    size_t length = strlen(word), best = count;
    unsigned int best_distance = 0;

    if (length == 0 || length >= MAX_WORD) {
        return count;
    }
    for (size_t i = 0; i < count; i++) {
        size_t name_length = strlen(names[i]);
        unsigned int d;

        if (name_length >= MAX_WORD) {
            continue;
        }
        d = distance(word, length, names[i], name_length);
        if (d <= 1 + length / 3 && d < length && (best == count || d < best_distance)) {
            best = i;
            best_distance = d;
        }
    }
    return best;
}
