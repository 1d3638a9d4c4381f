#include "CVectorMath.h"

#include <stdint.h>
#include <string.h>

#define COPY(Element)                                                                                                  \
    {                                                                                                                  \
        const Element *source = in;                                                                                    \
        Element *target = out;                                                                                         \
        for (size_t i = 0; i < count; i++) target[i] = source[(ptrdiff_t)i * step];                                    \
    }                                                                                                                  \
    break

void pare_copy_strided(const void *in, ptrdiff_t step, void *out, size_t count, size_t elementBytes) {
    if (step == 1) {
        memcpy(out, in, count * elementBytes);
        return;
    }
    switch (elementBytes) {
    case 1: COPY(uint8_t);
    case 2: COPY(uint16_t);
    case 4: COPY(uint32_t);
    case 8: COPY(uint64_t);
    default: break;
    }
}

// Tiles of 16 × 16 are read and written line by line, with a copy between: strides that are powers of two would throw
// lines out of the first-level cache before they are used up.
#define TRANSPOSE(Element)                                                                                             \
    {                                                                                                                  \
        Element tile[16 * 16];                                                                                         \
        for (size_t row = 0; row < rows; row += 16) {                                                                  \
            size_t height = rows - row < 16 ? rows - row : 16;                                                         \
            for (size_t column = 0; column < columns; column += 16) {                                                  \
                size_t width = columns - column < 16 ? columns - column : 16;                                          \
                const Element *source = (const Element *)in + row * inStride + column;                                 \
                Element *target = (Element *)out + column * outStride + row;                                           \
                if (height == 16 && width == 16) {                                                                     \
                    for (int r = 0; r < 16; r++) memcpy(tile + r * 16, source + r * inStride, 16 * sizeof(Element));   \
                    for (int c = 0; c < 16; c++) {                                                                     \
                        for (int r = 0; r < 16; r++) target[c * outStride + r] = tile[r * 16 + c];                     \
                    }                                                                                                  \
                } else {                                                                                               \
                    for (size_t c = 0; c < width; c++) {                                                               \
                        for (size_t r = 0; r < height; r++) target[c * outStride + r] = source[r * inStride + c];      \
                    }                                                                                                  \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    break

void pare_transpose(
    const void *in, size_t inStride, void *out, size_t outStride, size_t rows, size_t columns, size_t elementBytes) {
    switch (elementBytes) {
    case 1: TRANSPOSE(uint8_t);
    case 2: TRANSPOSE(uint16_t);
    case 4: TRANSPOSE(uint32_t);
    case 8: TRANSPOSE(uint64_t);
    default: break;
    }
}

#define SELECT(Element)                                                                                                \
    {                                                                                                                  \
        const Element *left = first, *right = second;                                                                  \
        Element *target = out;                                                                                         \
        if (conditionStep == 0) {                                                                                      \
            const Element *source = condition[0] ? left : right;                                                       \
            size_t step = condition[0] ? firstStep : secondStep;                                                       \
            for (size_t i = 0; i < count; i++) target[i] = source[i * step];                                           \
        } else if (firstStep == 1 && secondStep == 1) {                                                                \
            for (size_t i = 0; i < count; i++) {                                                                       \
                Element x = left[i], y = right[i];                                                                     \
                target[i] = condition[i] ? x : y;                                                                      \
            }                                                                                                          \
        } else if (firstStep == 1) {                                                                                   \
            Element y = right[0];                                                                                      \
            for (size_t i = 0; i < count; i++) {                                                                       \
                Element x = left[i];                                                                                   \
                target[i] = condition[i] ? x : y;                                                                      \
            }                                                                                                          \
        } else if (secondStep == 1) {                                                                                  \
            Element x = left[0];                                                                                       \
            for (size_t i = 0; i < count; i++) {                                                                       \
                Element y = right[i];                                                                                  \
                target[i] = condition[i] ? x : y;                                                                      \
            }                                                                                                          \
        } else {                                                                                                       \
            Element x = left[0], y = right[0];                                                                         \
            for (size_t i = 0; i < count; i++) target[i] = condition[i] ? x : y;                                       \
        }                                                                                                              \
    }                                                                                                                  \
    break

void pare_select(
    const unsigned char *condition, size_t conditionStep, const void *first, size_t firstStep, const void *second,
    size_t secondStep, void *out, size_t count, size_t elementBytes) {
    switch (elementBytes) {
    case 1: SELECT(uint8_t);
    case 2: SELECT(uint16_t);
    case 4: SELECT(uint32_t);
    case 8: SELECT(uint64_t);
    default: break;
    }
}
