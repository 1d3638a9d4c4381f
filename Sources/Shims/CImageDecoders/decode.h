#ifndef PARE_DECODE_H
#define PARE_DECODE_H

#include "CImageDecoders.h"

typedef struct {
    const uint8_t *bytes;
    size_t byte_count;
    uint64_t pixel_limit;
    int decode;
} image_source;

int pare_read_jpeg(const image_source *source, pare_image *image, char error[PARE_IMAGE_ERROR_SIZE]);
int pare_read_png(const image_source *source, pare_image *image, char error[PARE_IMAGE_ERROR_SIZE]);

/// Checks a size against the limit and keeps it; returns 0 or writes `error`.
int pare_take_size(
    const image_source *source, uint64_t width, uint64_t height, pare_image *image, char error[PARE_IMAGE_ERROR_SIZE]);

#endif
