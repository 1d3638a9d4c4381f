#include "decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int take_size(
    const image_source *source, uint64_t width, uint64_t height, pare_image *image, char error[PARE_IMAGE_ERROR_SIZE])
{
    // Neither format has sides beyond 2³¹, so the product fits.
    if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX || width * height > source->pixel_limit) {
        snprintf(
            error, PARE_IMAGE_ERROR_SIZE, "says it is %llu×%llu pixels, more than the %llu that are read",
            (unsigned long long)width, (unsigned long long)height, (unsigned long long)source->pixel_limit);
        return 1;
    }
    image->width = (uint32_t)width;
    image->height = (uint32_t)height;
    return 0;
}

int pare_image_read(
    const uint8_t *file, size_t byte_count, uint64_t pixel_limit, int decode, pare_image *image,
    char error[PARE_IMAGE_ERROR_SIZE])
{
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    const image_source source = {file, byte_count, pixel_limit, decode};
    memset(image, 0, sizeof *image);
    error[0] = 0;
    if (byte_count >= sizeof png && memcmp(file, png, sizeof png) == 0) return read_png(&source, image, error);
    if (byte_count >= 3 && file[0] == 0xff && file[1] == 0xd8 && file[2] == 0xff) return read_jpeg(&source, image, error);
    snprintf(error, PARE_IMAGE_ERROR_SIZE, "is neither JPEG nor PNG");
    return 1;
}
