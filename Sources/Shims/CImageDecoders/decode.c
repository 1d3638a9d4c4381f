#include "decode.h"

#include <stdio.h>
#include <string.h>

int pare_image_read(
    const uint8_t *file, size_t byte_count, uint64_t pixel_limit, int decode, pare_image *image,
    char error[PARE_IMAGE_ERROR_SIZE])
{
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    const image_source source = {file, byte_count, pixel_limit, decode};
    memset(image, 0, sizeof *image);
    error[0] = 0;
    if (byte_count >= sizeof png && memcmp(file, png, sizeof png) == 0) return pare_read_png(&source, image, error);
    if (byte_count >= 3 && file[0] == 0xff && file[1] == 0xd8 && file[2] == 0xff) return pare_read_jpeg(&source, image, error);
    snprintf(error, PARE_IMAGE_ERROR_SIZE, "is neither JPEG nor PNG");
    return 1;
}
