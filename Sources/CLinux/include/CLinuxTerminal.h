#pragma once
// Terminals: ioctl(2) is variadic.

// TIOCGWINSZ and TIOCSWINSZ (ioctl_tty(2)); −1 with errno.
int berth_terminal_size(int terminal, unsigned short *rows, unsigned short *columns);
int berth_set_terminal_size(int terminal, unsigned short rows, unsigned short columns);
