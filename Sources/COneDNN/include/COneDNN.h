#ifndef PARE_ONEDNN_H
#define PARE_ONEDNN_H
int pare_onednn_major(void);
#endif
