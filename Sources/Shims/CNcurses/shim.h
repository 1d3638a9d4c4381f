// What Swift cannot import of ncurses: macros, variadics, and `stdscr`, whose type differs between builds of the library.
#ifndef PARE_CNCURSES_SHIM_H
#define PARE_CNCURSES_SHIM_H

// Without it <curses.h> hides the functions that take wide characters.
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <stdio.h>
#include <term.h>
#include <wchar.h>

// <wchar.h> declares it only under X/Open feature macros, which an importer cannot set.
extern int wcwidth(wchar_t character);

static const attr_t pare_bold = A_BOLD;
static const attr_t pare_dim = A_DIM;
static const attr_t pare_italic = A_ITALIC;
static const attr_t pare_underline = A_UNDERLINE;
static const attr_t pare_reverse = A_REVERSE;

// <sys/mman.h> declares it only for GNU sources.
extern int memfd_create(const char *name, unsigned flags);

/// A file in memory that no other program inherits; −1 where the system has none.
static inline int pare_memory_file(void) { return memfd_create("frame", 1 /* MFD_CLOEXEC */); }

/// Opens a screen of a terminal type; NULL where the type is unknown or too simple.
static inline SCREEN *pare_open(const char *type, FILE *output, FILE *input) { return newterm(type, output, input); }

/// Sets the modes of a full-screen program that reads its input itself.
static inline void pare_prepare(void) {
    raw();
    noecho();
    nonl();
    leaveok(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    // Pending input must not interrupt a frame halfway.
    typeahead(-1);
    curs_set(0);
}

static inline int pare_color_pairs(void) { return COLOR_PAIRS; }
static inline int pare_rows(void) { return getmaxy(stdscr); }
static inline void pare_erase(void) { (void)werase(stdscr); }
static inline void pare_redraw_all(void) { (void)clearok(stdscr, TRUE); }
static inline void pare_move(int y, int x) { (void)wmove(stdscr, y, x); }
static inline void pare_refresh(void) { (void)wrefresh(stdscr); }

/// Writes `count` wide characters at (y, x). `COLOR_PAIR` holds 8 bits, so the pair goes through `wattr_set`'s last argument.
static inline void pare_write_run(int y, int x, const wchar_t *text, int count, attr_t attributes, int pair) {
    (void)wattr_set(stdscr, attributes, (short)0, &pair);
    // ERR after the last column of the last row only says that the cursor could not advance.
    (void)mvwaddnwstr(stdscr, y, x, text, count);
}

/// A string capability of the terminal in use; NULL where it has none.
static inline const char *pare_capability(const char *name) {
    const char *value = tigetstr(name);
    return value == (const char *)-1 ? NULL : value;
}

/// A number of the terminal in use; −1 where it has none.
static inline int pare_number(const char *name) {
    int value = tigetnum(name);
    return value < 0 ? -1 : value;
}

#endif
