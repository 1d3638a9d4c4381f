#include "decode.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

/// Ancillary chunks, such as texts and profiles, may take this many bytes each when inflated.
#define CHUNK_LIMIT (1 << 23)

typedef struct {
    const uint8_t *next;
    size_t left;
} png_bytes;

static void fail(png_structp decoder, png_const_charp words)
{
    snprintf(png_get_error_ptr(decoder), PARE_IMAGE_ERROR_SIZE, "is damaged: %.150s", words);
    png_longjmp(decoder, 1);
}

static void say_nothing(png_structp decoder, png_const_charp words)
{
    (void)decoder;
    (void)words;
}

static void read_bytes(png_structp decoder, png_bytep target, size_t count)
{
    png_bytes *bytes = png_get_io_ptr(decoder);
    if (count > bytes->left) png_error(decoder, "the file ends too early");
    memcpy(target, bytes->next, count);
    bytes->next += count;
    bytes->left -= count;
}

/// Asks for 8-bit red, green and blue: alpha and transparent colours are dropped, of 16 bits the upper 8 are taken.
static void ask_for_rgb(png_structp decoder, png_infop info)
{
    const int color = png_get_color_type(decoder, info);
    png_set_expand(decoder);
    png_set_strip_16(decoder);
    png_set_strip_alpha(decoder);
    if (color == PNG_COLOR_TYPE_GRAY || color == PNG_COLOR_TYPE_GRAY_ALPHA) png_set_gray_to_rgb(decoder);
    png_set_interlace_handling(decoder);
    png_read_update_info(decoder, info);
}

int pare_read_png(const image_source *source, pare_image *image, char error[PARE_IMAGE_ERROR_SIZE])
{
    png_bytes bytes = {source->bytes, source->byte_count};
    // Changed between setjmp and longjmp, so neither may live in a register.
    uint8_t *volatile pixels = NULL;
    png_bytep *volatile rows = NULL;

    png_infop info = NULL;
    png_structp decoder = png_create_read_struct(PNG_LIBPNG_VER_STRING, error, fail, say_nothing);
    if (decoder != NULL) info = png_create_info_struct(decoder);
    if (info == NULL) {
        png_destroy_read_struct(&decoder, NULL, NULL);
        snprintf(error, PARE_IMAGE_ERROR_SIZE, "needs more memory to decode than there is");
        return 1;
    }
    if (setjmp(png_jmpbuf(decoder))) {
        png_destroy_read_struct(&decoder, &info, NULL);
        free(pixels);
        free((void *)rows);
        return 1;
    }
    png_set_read_fn(decoder, &bytes, read_bytes);
    png_set_user_limits(decoder, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(decoder, CHUNK_LIMIT);
    png_read_info(decoder, info);
    if (pare_take_size(source, png_get_image_width(decoder, info), png_get_image_height(decoder, info), image, error)) {
        png_longjmp(decoder, 1);
    }
    if (!source->decode) {
        png_destroy_read_struct(&decoder, &info, NULL);
        return 0;
    }

    ask_for_rgb(decoder, info);
    const size_t row_size = (size_t)image->width * 3;
    if (png_get_rowbytes(decoder, info) != row_size) png_error(decoder, "its pixels do not become RGB");
    pixels = calloc(row_size, image->height);
    rows = malloc(image->height * sizeof *rows);
    if (pixels == NULL || rows == NULL) png_error(decoder, "it needs more memory than there is");
    for (uint32_t y = 0; y < image->height; y++) rows[y] = pixels + y * row_size;
    png_read_image(decoder, (png_bytepp)rows);
    png_read_end(decoder, NULL);
    png_destroy_read_struct(&decoder, &info, NULL);
    free((void *)rows);
    image->pixels = pixels;
    return 0;
}
