#ifndef PARE_FEEDBACK_H
#define PARE_FEEDBACK_H

#include <stdint.h>

// Paths through the levels of weights that are decided one after the other, where what is chosen for one changes what is wanted of
// those still to come. Each state of a trellis (see TrellisCode.swift) keeps its best path, and with it the errors made along it.

enum {
    pare_beam_states = 32,
    // Weights that a path may still differ in.
    pare_beam_window = 64,
};

typedef struct {
    float errors[pare_beam_window];
    int16_t levels[pare_beam_window];
    // Of the magnitudes since the beam was opened or its sums were cleared.
    int64_t sum;
} pare_beam_path;

typedef struct {
    int states;
    // Weights in the window.
    int count;
    // Which of the two sets of paths is in force.
    int side;
    float costs[pare_beam_states];
    pare_beam_path paths[2][pare_beam_states];
} pare_beam;

// `states` is 32, or 1 for one quantizer. Begins in state 0.
void pare_beam_open(pare_beam *beam, int states);

// The state of the cheapest path.
int pare_beam_best(const pare_beam *beam);

// What the path of a state has at a place of the window, and the sum of its magnitudes.
int pare_beam_level(const pare_beam *beam, int state, int place);
int64_t pare_beam_sum(const pare_beam *beam, int state);

// Puts the cheapest path into state 0 and drops the others.
void pare_beam_restart(pare_beam *beam);

// Clears the sums of all paths.
void pare_beam_clear_sums(pare_beam *beam);

// Decides one more weight. The wanted value is `target` less Σ errors[i] · pull[i − first] over the window from `first` on. A level
// costs weight · (wanted − value)² + rates[quantizer · stride + |level|], levels being below `stride`; only zero where `is_zero`.
void pare_beam_step(
    pare_beam *beam, float target, const float *pull, int first, float weight, float step, const float *rates, int stride, int is_zero);

// The same with given values (ascending) for one state: the nearest one, whose place + 1 becomes the level; zero where `is_zero`.
void pare_beam_step_values(
    pare_beam *beam, float target, const float *pull, int first, const float *values, int count, int is_zero);

// Settles the first `count` weights of the window as the cheapest path has them, and drops the paths that have them otherwise.
void pare_beam_settle(pare_beam *beam, int count, int16_t *levels, float *errors);

// targets[j] −= Σ errors[i] · pull[i · stride + j] for j < length, i < count.
void pare_beam_pull(float *targets, int length, const float *errors, int count, const float *pull, int64_t stride);

#endif
