// The files that a single copied binary brings along, embedded at compile time by C23's #embed; the compiler lists them
// as dependencies, so a changed file is embedded anew.
//
// A directive cannot stand in a macro, so each file has an array of its own: to add one, add its array and its row.
#include "CAssets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char colour_blind[] = {
#embed "../../themes/colour-blind.yaml"
};
static const unsigned char gruvbox[] = {
#embed "../../themes/gruvbox.yaml"
};
static const unsigned char high_contrast[] = {
#embed "../../themes/high-contrast.yaml"
};
static const unsigned char high_contrast_light[] = {
#embed "../../themes/high-contrast-light.yaml"
};
static const unsigned char monochrome[] = {
#embed "../../themes/monochrome.yaml"
};
static const unsigned char nord[] = {
#embed "../../themes/nord.yaml"
};
static const unsigned char pare_dark[] = {
#embed "../../themes/pare-dark.yaml"
};
static const unsigned char pare_light[] = {
#embed "../../themes/pare-light.yaml"
};
static const unsigned char solarized_dark[] = {
#embed "../../themes/solarized-dark.yaml"
};
static const unsigned char solarized_light[] = {
#embed "../../themes/solarized-light.yaml"
};
static const unsigned char digits_cnn[] __attribute__((aligned(64))) = {
#embed "models/digits-cnn.onnx"
};
static const unsigned char digits_gan[] __attribute__((aligned(64))) = {
#embed "models/digits-gan.onnx"
};
static const unsigned char digits_rnn[] __attribute__((aligned(64))) = {
#embed "models/digits-rnn.onnx"
};

#define ASSET(name, array) {name, array, sizeof array}

static const struct {
    const char *name;
    const unsigned char *data;
    size_t size;
} assets[] = {
    ASSET("themes/colour-blind.yaml", colour_blind),
    ASSET("themes/gruvbox.yaml", gruvbox),
    ASSET("themes/high-contrast.yaml", high_contrast),
    ASSET("themes/high-contrast-light.yaml", high_contrast_light),
    ASSET("themes/monochrome.yaml", monochrome),
    ASSET("themes/nord.yaml", nord),
    ASSET("themes/pare-dark.yaml", pare_dark),
    ASSET("themes/pare-light.yaml", pare_light),
    ASSET("themes/solarized-dark.yaml", solarized_dark),
    ASSET("themes/solarized-light.yaml", solarized_light),
    ASSET("models/digits-cnn.onnx", digits_cnn),
    ASSET("models/digits-gan.onnx", digits_gan),
    ASSET("models/digits-rnn.onnx", digits_rnn),
};

size_t pare_asset_count(void) { return sizeof assets / sizeof assets[0]; }

const char *pare_asset_name(size_t index) { return index < pare_asset_count() ? assets[index].name : NULL; }

const unsigned char *pare_asset_data(size_t index) { return index < pare_asset_count() ? assets[index].data : NULL; }

size_t pare_asset_size(size_t index) { return index < pare_asset_count() ? assets[index].size : 0; }
