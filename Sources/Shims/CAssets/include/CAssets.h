#ifndef CASSETS_H
#define CASSETS_H

#include <stddef.h>

/// Number of files built into the program: the themes and the demo models.
size_t pare_asset_count(void);

/// Name of a file, such as `themes/pare-dark.yaml`; NULL past the last file.
const char *pare_asset_name(size_t index);

/// Contents of a file, valid for ever; NULL past the last file.
const unsigned char *pare_asset_data(size_t index);

/// Bytes of a file; 0 past the last file.
size_t pare_asset_size(size_t index);

#endif
