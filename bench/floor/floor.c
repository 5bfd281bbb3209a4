/*
 * The floor: what fan-out costs without a language run-time, a protocol or a queue. Connections are accepted and upgraded, then every
 * publication is written with one send() per connection; what is due at the same time goes out in one send.
 *
 * Prints its port. Reads `publish <per second> <per turn> <count> <pad>` lines and answers each with `done`.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 20000, MAX_BATCH = 1 << 22 };

static int connections[MAX_CONNECTIONS];
static int connected = 0;
static char batch[MAX_BATCH];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static long long now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static void sleep_until(long long us) {
  struct timespec time = {us / 1000000, us % 1000000 * 1000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {}
}

/* The load generator's key is the one of RFC 6455's example. */
static const char upgraded[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static void accept_one(int listener) {
  char request[4096];
  size_t have = 0;
  int on = 1, connection = accept(listener, NULL, NULL);
  if (connection < 0) fail("accept");
  while (have < sizeof request - 1) {
    ssize_t got = recv(connection, request + have, sizeof request - 1 - have, 0);
    if (got <= 0) {
      close(connection);
      return;
    }
    have += got;
    request[have] = 0;
    if (strstr(request, "\r\n\r\n")) break;
  }
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connected == MAX_CONNECTIONS || send(connection, upgraded, sizeof upgraded - 1, MSG_NOSIGNAL) < 0) {
    close(connection);
    return;
  }
  connections[connected++] = connection;
}

/* One frame as a server sends it: unmasked text. */
static size_t add_frame(char *to, long n, const char *pad) {
  int size = sprintf(to + 10, "42[\"stock:glanced\",{\"t\":%lld,\"n\":%ld,\"pad\":\"%s\"}]", now_us(), n, pad);
  int header = size < 126 ? 2 : size < 65536 ? 4 : 10;
  memmove(to + header, to + 10, size);
  to[0] = (char)0x81;
  to[1] = header == 2 ? size : header == 4 ? 126 : 127;
  if (header == 4) {
    to[2] = size >> 8;
    to[3] = size;
  } else if (header == 10) {
    for (int byte = 0; byte < 8; byte++) to[2 + byte] = (long long)size >> (56 - 8 * byte);
  }
  return header + size;
}

static void send_all(int connection, size_t size) {
  for (size_t sent = 0; sent < size;) {
    ssize_t took = send(connection, batch + sent, size - sent, MSG_NOSIGNAL);
    if (took < 0) return;
    sent += took;
  }
}

static void publish(double per_second, long per_turn, long count, long pad_bytes) {
  char *pad = malloc(pad_bytes + 1);
  memset(pad, 'x', pad_bytes);
  pad[pad_bytes] = 0;
  long long start = now_us();
  for (long done = 0; done < count;) {
    long due = ((long)((now_us() - start) * per_second / 1e6) + 1) * per_turn;
    size_t size = 0;
    if (due > count) due = count;
    while (done < due && size + pad_bytes + 128 < MAX_BATCH) size += add_frame(batch + size, done++, pad);
    for (int index = 0; index < connected; index++) send_all(connections[index], size);
    if (done < count) sleep_until(start + (long long)(done / per_turn * 1e6 / per_second));
  }
  free(pad);
}

int main(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  if (listen(listener, 4096) < 0 || getsockname(listener, (struct sockaddr *)&address, &size) < 0) fail("listen");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    struct pollfd waiting[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
    if (poll(waiting, 2, -1) < 0) fail("poll");
    if (waiting[1].revents & POLLIN) accept_one(listener);
    if (waiting[0].revents) {
      char line[256];
      double per_second;
      long per_turn, count, pad_bytes;
      ssize_t got = read(STDIN_FILENO, line, sizeof line - 1);
      if (got <= 0) return 0;
      line[got] = 0;
      if (sscanf(line, "publish %lf %ld %ld %ld", &per_second, &per_turn, &count, &pad_bytes) == 4) publish(per_second, per_turn, count, pad_bytes);
      printf("done\n");
      fflush(stdout);
    }
  }
}
