#include "COneDNN.h"
#include <dnnl.h>
int pare_onednn_major(void) { return dnnl_version()->major; }
