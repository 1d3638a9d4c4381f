#include "decode.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

/// Progressive files may ask for any number of passes over all of their pixels; cameras and programs write about ten.
#define SCAN_LIMIT 100

typedef struct {
    struct jpeg_error_mgr base; // first, so that libjpeg's pointer is ours
    jmp_buf escape;
    char *text;
} jpeg_errors;

/// libjpeg's fatal errors: the text is kept, and control goes back to `pare_read_jpeg`.
static void fail(j_common_ptr decoder)
{
    jpeg_errors *errors = (jpeg_errors *)decoder->err;
    char words[JMSG_LENGTH_MAX];
    errors->base.format_message(decoder, words);
    snprintf(errors->text, PARE_IMAGE_ERROR_SIZE, "is damaged: %.150s", words);
    longjmp(errors->escape, 1);
}

/// Where data is missing or makes no sense libjpeg warns and goes on with gray: such an image is not what it was.
/// Other warnings, as of stray bytes between markers, leave the pixels as they are.
static void warn(j_common_ptr decoder, int level)
{
    if (level >= 0) return;
    switch (decoder->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE: fail(decoder);
    default: return;
    }
}

static void say_nothing(j_common_ptr decoder) { (void)decoder; }

static void limit_scans(j_common_ptr decoder)
{
    if (!decoder->is_decompressor || ((j_decompress_ptr)decoder)->input_scan_number <= SCAN_LIMIT) return;
    jpeg_errors *errors = (jpeg_errors *)decoder->err;
    snprintf(errors->text, PARE_IMAGE_ERROR_SIZE, "is damaged: it has more than %d scans", SCAN_LIMIT);
    longjmp(errors->escape, 1);
}

/// Ink of an inverted CMYK file, as Adobe writes them, on white paper.
static void cmyk_to_rgb(const uint8_t *inks, uint8_t *pixels, uint32_t width, int is_inverted)
{
    for (uint32_t x = 0; x < width; x++, inks += 4, pixels += 3) {
        for (int c = 0; c < 3; c++) {
            const int paper = is_inverted ? inks[c] : 255 - inks[c];
            const int key = is_inverted ? inks[3] : 255 - inks[3];
            pixels[c] = (uint8_t)((paper * key + 127) / 255);
        }
    }
}

int pare_read_jpeg(const image_source *source, pare_image *image, char error[PARE_IMAGE_ERROR_SIZE])
{
    struct jpeg_decompress_struct decoder = {0};
    struct jpeg_progress_mgr progress = {0};
    jpeg_errors errors;
    // Changed between setjmp and longjmp, so neither may live in a register.
    uint8_t *volatile pixels = NULL;
    uint8_t *volatile inks = NULL;

    decoder.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = fail;
    errors.base.emit_message = warn;
    errors.base.output_message = say_nothing;
    errors.text = error;
    if (setjmp(errors.escape)) {
        jpeg_destroy_decompress(&decoder);
        free(pixels);
        free(inks);
        return 1;
    }
    jpeg_create_decompress(&decoder);
    progress.progress_monitor = limit_scans;
    decoder.progress = &progress;
    jpeg_mem_src(&decoder, source->bytes, (unsigned long)source->byte_count);
    jpeg_read_header(&decoder, TRUE);
    if (pare_take_size(source, decoder.image_width, decoder.image_height, image, error)) longjmp(errors.escape, 1);
    if (!source->decode) {
        jpeg_destroy_decompress(&decoder);
        return 0;
    }

    const int is_cmyk = decoder.jpeg_color_space == JCS_CMYK || decoder.jpeg_color_space == JCS_YCCK;
    decoder.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    decoder.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&decoder);
    const size_t row_size = (size_t)image->width * 3;
    pixels = malloc(row_size * image->height);
    if (is_cmyk) inks = malloc((size_t)image->width * 4);
    if (pixels == NULL || (is_cmyk && inks == NULL)) ERREXIT1(&decoder, JERR_OUT_OF_MEMORY, 0);
    while (decoder.output_scanline < decoder.output_height) {
        uint8_t *const row = pixels + decoder.output_scanline * row_size;
        JSAMPROW target = is_cmyk ? inks : row;
        jpeg_read_scanlines(&decoder, &target, 1);
        if (is_cmyk) cmyk_to_rgb(inks, row, image->width, decoder.saw_Adobe_marker);
    }
    jpeg_finish_decompress(&decoder);
    jpeg_destroy_decompress(&decoder);
    free(inks);
    image->pixels = pixels;
    return 0;
}
