#ifndef PARE_IMAGE_DECODERS_H
#define PARE_IMAGE_DECODERS_H

#include <stddef.h>
#include <stdint.h>

/// Room for an error text.
#define PARE_IMAGE_ERROR_SIZE 200

/// An image in memory: red, green and blue of each pixel, row by row, `width × height × 3` bytes.
typedef struct {
    uint32_t width;
    uint32_t height;
    /// Allocated with malloc; NULL where only the size was asked for. The caller frees it.
    uint8_t *pixels;
} pare_image;

/// Reads the size of a JPEG or PNG file in memory, or decodes it where `decode` is not 0.
///
/// Gray, palette, 16-bit and transparent images become 8-bit RGB as Pillow's convert("RGB") makes them (alpha is dropped),
/// but for 16-bit gray, which Pillow clips and which keeps its upper byte here. Images of more than `pixel_limit` pixels are refused before anything is allocated for them, and so is what goes
/// beyond a file's end. Returns 0 and fills `image`, or another number and writes a text into `error`. `file` is only read.
int pare_image_read(
    const uint8_t *file, size_t byte_count, uint64_t pixel_limit, int decode, pare_image *image,
    char error[PARE_IMAGE_ERROR_SIZE]);

#endif
