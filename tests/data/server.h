/* A small HTTP server on 127.0.0.1 that misbehaves on demand, for the tests of downloads. One
 * thread, one connection at a time. The first part of a path says how the body is given:
 *   /good/...    whole, ranges honoured        /norange/...  whole, ranges ignored
 *   /broken/...  at most `quota` bytes a request, then the connection is cut; ranges honoured
 *   /wrong/...   as many other bytes           /long/...     some bytes more
 *   /stop/...    nothing at all is sent        anything else: 404
 */
#ifndef TESTS_DATA_SERVER_H
#define TESTS_DATA_SERVER_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Server {
    const uint8_t *body;
    size_t size;
    size_t quota;
    int socket, port;
    pthread_t thread;
    atomic_int n_requests;
    atomic_size_t last_start; /* first byte of the last range asked for; 0: none */
} Server;

static inline void server_send(int client, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t n = send(client, at, size, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        at += n;
        size -= (size_t)n;
    }
}

static inline void server_head(int client, const char *status, size_t start, size_t end,
                               size_t size)
{
    char text[256], range[100] = "";

    if (start > 0)
        snprintf(range, sizeof range, "Content-Range: bytes %zu-%zu/%zu\r\n", start, end - 1, size);
    snprintf(text, sizeof text, "HTTP/1.1 %s\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n",
             status, range, end - start);
    server_send(client, text, strlen(text));
}

static inline void server_answer(Server *server, int client, const char *path, size_t start)
{
    size_t left;

    if (strncmp(path, "/norange/", 9) == 0)
        start = 0;
    if (strncmp(path, "/stop/", 6) == 0)
        return;
    if (strncmp(path, "/long/", 6) == 0) {
        server_head(client, "200 OK", 0, server->size + 9, server->size + 9);
        server_send(client, server->body, server->size);
        server_send(client, "and more!", 9);
        return;
    }
    if (strncmp(path, "/good/", 6) != 0 && strncmp(path, "/norange/", 9) != 0 &&
        strncmp(path, "/broken/", 8) != 0 && strncmp(path, "/wrong/", 7) != 0) {
        server_head(client, "404 Not Found", 0, 0, 0);
        return;
    }
    if (start >= server->size) {
        server_head(client, "416 Range Not Satisfiable", 0, 0, 0);
        return;
    }
    server_head(client, start > 0 ? "206 Partial Content" : "200 OK", start, server->size,
                server->size);
    left = server->size - start;
    if (strncmp(path, "/broken/", 8) == 0 && left > server->quota)
        left = server->quota;
    if (strncmp(path, "/wrong/", 7) == 0) {
        while (left-- > 0)
            server_send(client, "x", 1);
        return;
    }
    server_send(client, server->body + start, left);
}

static inline void server_client(Server *server, int client)
{
    char request[4096] = "", path[1024] = "", *range;
    size_t used = 0;
    unsigned long long start = 0;

    while (!strstr(request, "\r\n\r\n") && used < sizeof request - 1) {
        ssize_t n = recv(client, request + used, sizeof request - 1 - used, 0);

        if (n <= 0)
            return;
        used += (size_t)n;
        request[used] = 0;
    }
    if (sscanf(request, "GET %1023s", path) != 1)
        return;
    range = strcasestr(request, "\r\nRange: bytes=");
    if (range)
        sscanf(range + 15, "%llu", &start);
    server->last_start = (size_t)start;
    server->n_requests++;
    server_answer(server, client, path, (size_t)start);
}

static inline void *server_loop(void *context)
{
    Server *server = context;

    for (;;) {
        int client = accept(server->socket, NULL, NULL);

        if (client < 0)
            return NULL;
        server_client(server, client);
        shutdown(client, SHUT_WR);
        close(client);
    }
}

/* body is borrowed until server_stop. */
static inline bool server_start(Server *server, const void *body, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;

    memset(server, 0, sizeof *server);
    server->body = body;
    server->size = size;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->socket < 0 || bind(server->socket, (struct sockaddr *)&address, length) < 0 ||
        listen(server->socket, 8) < 0 ||
        getsockname(server->socket, (struct sockaddr *)&address, &length) < 0)
        return false;
    server->port = ntohs(address.sin_port);
    return pthread_create(&server->thread, NULL, server_loop, server) == 0;
}

static inline void server_stop(Server *server)
{
    shutdown(server->socket, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->socket);
}

#endif
