#include "child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// No model is nested as deeply, or has as many parts; the walk recurses.
enum { depth_limit = 48, object_limit = 200000, path_limit = 2048 };

// MARK: The file

static void *given_image(size_t size, H5FD_file_image_op_t operation, void *child) {
    (void)size, (void)operation;
    return (void *)(uintptr_t)((struct child *)child)->bytes;
}
static void *same_image(void *to, const void *from, size_t size, H5FD_file_image_op_t operation, void *child) {
    (void)from, (void)size, (void)operation, (void)child;
    return to;
}
static void *no_other_image(void *image, size_t size, H5FD_file_image_op_t operation, void *child) {
    (void)image, (void)size, (void)operation, (void)child;
    return NULL;
}
static herr_t kept_image(void *image, H5FD_file_image_op_t operation, void *child) {
    (void)image, (void)operation, (void)child;
    return 0;
}
static void *same_child(void *child) { return child; }
static herr_t kept_child(void *child) { return child ? 0 : 0; }

/// Opens the bytes as they are mapped, without a copy of them: no file is opened, so that none can be mistaken for another.
static hid_t open_file(struct child *child) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5FD_file_image_callbacks_t callbacks = {
        given_image, same_image, no_other_image, kept_image, same_child, kept_child, child};
    if (access < 0 || H5Pset_fapl_core(access, (size_t)1 << 16, 0) < 0
        || H5Pset_file_image_callbacks(access, &callbacks) < 0
        || H5Pset_file_image(access, (void *)(uintptr_t)child->bytes, child->count) < 0)
        refuse_damaged(child, "");
    hid_t file = H5Fopen("the bytes of a file that is mapped", H5F_ACC_RDONLY, access);
    if (file < 0) refuse_damaged(child, "");
    return file;
}

// MARK: Objects

/// Whether an object is met for the first time; a file's hard links may form cycles.
static bool is_new(struct child *child, hid_t object, const char *path) {
    struct identity identity = {.is_taken = true};
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t info;
    if (H5Oget_info3(object, &info, H5O_INFO_BASIC) < 0) refuse_damaged(child, path);
    memcpy(identity.bytes, &info.token, sizeof info.token < 16 ? sizeof info.token : 16);
#else
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) refuse_damaged(child, path);
    memcpy(identity.bytes, &info.addr, sizeof info.addr);
#endif
    if (!child->seen) {
        child->seen_capacity = (size_t)object_limit * 2;
        child->seen = calloc(child->seen_capacity, sizeof *child->seen);
        if (!child->seen) refuse(child, path, "needs more memory than there is");
    }
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t index = 0; index < 16; index++) hash = (hash ^ identity.bytes[index]) * 0x100000001b3;
    size_t place = (hash ^ hash >> 32) % child->seen_capacity;
    while (child->seen[place].is_taken) {
        if (memcmp(child->seen[place].bytes, identity.bytes, 16) == 0) return false;
        place = (place + 1) % child->seen_capacity;
    }
    if (++child->seen_count > object_limit) refuse(child, path, "is in a file of too many parts for a model");
    child->seen[place] = identity;
    return true;
}

/// Opens what a path leads to, which must be there: over hard links alone.
static hid_t open_object(const struct child *child, hid_t from, const char *path) {
    char rest[path_limit];
    if (snprintf(rest, sizeof rest, "%s", path) >= (int)sizeof rest) refuse(child, "", "has names too long for a model's");
    hid_t object = from;
    char *place = NULL;
    for (char *part = strtok_r(rest, "/", &place); part; part = strtok_r(NULL, "/", &place)) {
        H5L_info_t link;
        if (H5Lget_info(object, part, &link, H5P_DEFAULT) < 0) refuse_damaged(child, path);
        if (link.type != H5L_TYPE_HARD) refuse(child, path, "is a link to somewhere else, which Pare does not follow");
        hid_t next = H5Oopen(object, part, H5P_DEFAULT);
        if (next < 0) refuse_damaged(child, path);
        if (object != from) H5Oclose(object);
        object = next;
    }
    return object;
}

// MARK: Keras

/// Sends the datasets that an object's attribute names, in its order, under the names it gives them.
static void send_weights(struct child *child, hid_t group, const char *layer) {
    struct texts weights;
    if (!read_texts(child, group, layer, "weight_names", &weights)) return;
    for (size_t index = 0; index < weights.count; index++) {
        hid_t dataset = open_object(child, group, weights.items[index]);
        if (H5Iget_type(dataset) != H5I_DATASET) refuse(child, weights.items[index], "is no array");
        if (is_new(child, dataset, layer)) send_dataset(child, dataset, weights.items[index], true);
        H5Oclose(dataset);
    }
}

/// Sends the weights of a file that Keras wrote; false where it is another's.
static bool send_layers(struct child *child, hid_t file) {
    hid_t group = H5Lexists(file, "model_weights", H5P_DEFAULT) > 0 ? open_object(child, file, "model_weights") : file;
    struct texts layers;
    if (H5Iget_type(group) == H5I_DATASET || !read_texts(child, group, "model_weights", "layer_names", &layers)) return false;
    for (size_t index = 0; index < layers.count; index++) {
        hid_t layer = open_object(child, group, layers.items[index]);
        if (H5Iget_type(layer) != H5I_GROUP) refuse(child, layers.items[index], "is no layer");
        send_weights(child, layer, layers.items[index]);
        H5Oclose(layer);
    }
    // Weights of the model itself, outside of its layers.
    if (H5Lexists(group, "top_level_model_weights", H5P_DEFAULT) > 0) {
        hid_t top = open_object(child, group, "top_level_model_weights");
        if (H5Iget_type(top) == H5I_GROUP) send_weights(child, top, "top_level_model_weights");
    }
    return true;
}

// MARK: Other files

struct visit {
    struct child *child;
    const char *path;
    int depth;
};

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *link, void *context) {
    const struct visit *visit = context;
    struct child *child = visit->child;
    char path[path_limit];
    int count = snprintf(path, sizeof path, "%s%s%s", visit->path, visit->depth > 0 ? "/" : "", name);
    if (count >= (int)sizeof path) refuse(child, "", "has names too long for a model's");
    // The state of the training, which is no part of the model.
    if (visit->depth == 0 && (strcmp(name, "optimizer_weights") == 0 || strcmp(name, "optimizer") == 0)) return 0;
    if (link->type == H5L_TYPE_EXTERNAL) refuse(child, path, "lies in another file, which Pare does not open");
    // Soft links lead to what is met under its own name.
    if (link->type != H5L_TYPE_HARD) return 0;
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0) refuse_damaged(child, path);
    if (is_new(child, object, path)) {
        H5I_type_t kind = H5Iget_type(object);
        if (kind == H5I_DATASET) send_dataset(child, object, path, false);
        if (kind == H5I_GROUP) {
            if (visit->depth >= depth_limit) refuse(child, path, "is nested too deeply for a model");
            struct visit inner = {child, path, visit->depth + 1};
            if (H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_link, &inner) < 0) refuse_damaged(child, path);
        }
    }
    H5Oclose(object);
    return 0;
}

void walk(struct child *child) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);
    hid_t file = open_file(child);
    bool is_keras = send_layers(child, file);
    if (!is_keras) {
        struct visit visit = {child, "", 0};
        hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
        if (root < 0 || !is_new(child, root, "")) refuse_damaged(child, "");
        if (H5Literate(root, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_link, &visit) < 0) refuse_damaged(child, "");
    }
    send_number(child, pare_hdf5_end, 1);
    send_number(child, is_keras, 1);
}
