#ifndef PARE_ONEDNN_H
#define PARE_ONEDNN_H
#include "COneDNNGemm.h"
int pare_onednn_major(void);
#endif
