#include "decode.h"

#include <stdio.h>

int pare_take_size(
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
