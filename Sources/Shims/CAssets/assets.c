// The files that a single copied binary brings along, embedded at compile time by C23's #embed; the compiler lists them
// as dependencies, so a changed file is embedded anew.
#include "CAssets.h"

#include <string.h>

#pragma clang diagnostic ignored "-Wc23-extensions"

// Models may hold zeros and want to be aligned, so each has an array.
static const unsigned char digits_cnn[] __attribute__((aligned(64))) = {
#embed "models/digits-cnn.onnx"
};
static const unsigned char digits_gan[] __attribute__((aligned(64))) = {
#embed "models/digits-gan.onnx"
};
static const unsigned char digits_rnn[] __attribute__((aligned(64))) = {
#embed "models/digits-rnn.onnx"
};

#define THEME (const unsigned char[])
#define MODEL(name, array) {name, array, sizeof array}

static const struct {
    const char *name;
    const unsigned char *data;
    size_t size; // 0: a text, which ends with a zero that is not part of it
} assets[] = {
    {"themes/colour-blind.yaml", THEME{
#embed "../../../themes/colour-blind.yaml"
        , 0}, 0},
    {"themes/gruvbox.yaml", THEME{
#embed "../../../themes/gruvbox.yaml"
        , 0}, 0},
    {"themes/high-contrast.yaml", THEME{
#embed "../../../themes/high-contrast.yaml"
        , 0}, 0},
    {"themes/high-contrast-light.yaml", THEME{
#embed "../../../themes/high-contrast-light.yaml"
        , 0}, 0},
    {"themes/monochrome.yaml", THEME{
#embed "../../../themes/monochrome.yaml"
        , 0}, 0},
    {"themes/nord.yaml", THEME{
#embed "../../../themes/nord.yaml"
        , 0}, 0},
    {"themes/pare-dark.yaml", THEME{
#embed "../../../themes/pare-dark.yaml"
        , 0}, 0},
    {"themes/pare-light.yaml", THEME{
#embed "../../../themes/pare-light.yaml"
        , 0}, 0},
    {"themes/solarized-dark.yaml", THEME{
#embed "../../../themes/solarized-dark.yaml"
        , 0}, 0},
    {"themes/solarized-light.yaml", THEME{
#embed "../../../themes/solarized-light.yaml"
        , 0}, 0},
    MODEL("models/digits-cnn.onnx", digits_cnn),
    MODEL("models/digits-gan.onnx", digits_gan),
    MODEL("models/digits-rnn.onnx", digits_rnn),
};

size_t pare_asset_count(void) { return sizeof assets / sizeof assets[0]; }

const char *pare_asset_name(size_t index) { return index < pare_asset_count() ? assets[index].name : NULL; }

const unsigned char *pare_asset_data(size_t index) { return index < pare_asset_count() ? assets[index].data : NULL; }

size_t pare_asset_size(size_t index) {
    if (index >= pare_asset_count()) return 0;
    return assets[index].size ? assets[index].size : strlen((const char *)assets[index].data);
}
