// SPDX-License-Identifier: Apache-2.0
// What a disk and a clock may do to a process, preloaded into it (LD_PRELOAD): switched on and off
// from outside through a shared page, CAMBIST_FAULTS, for files below CAMBIST_FAULTS_FOLDER.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// As tests/chaos/faults.py writes it.
struct page {
    volatile int64_t is_full;        // no room: ENOSPC, also for what is written again in its place,
                                     // as on a file system that never writes in place
    volatile int64_t is_read_only;   // nothing is written: EROFS
    volatile int64_t fsync_ms;       // how long each takes
    volatile int64_t clock_seconds;  // the clock is wrong by so much
    volatile int64_t hits;           // how often any of the first three was met
};

static struct page nothing;
static struct page* page = &nothing;
static const char* folder = "/";

__attribute__((constructor)) static void begin(void) {
    const char* path = getenv("CAMBIST_FAULTS");
    if (getenv("CAMBIST_FAULTS_FOLDER")) folder = getenv("CAMBIST_FAULTS_FOLDER");
    if (!path) return;
    const int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void* shared = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED) page = shared;
    close(file);
}

#define REAL(name)                                        \
    static __typeof__(&name) real;                        \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int is_ours(int file) {
    char link[40], path[4096];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
    const ssize_t length = readlink(link, path, sizeof(path) - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

// Whether a write fails; errno says how.
static int fails(int file) {
    if (!page->is_full && !page->is_read_only) return 0;
    if (!is_ours(file)) return 0;
    errno = page->is_read_only ? EROFS : ENOSPC;
    __atomic_add_fetch(&page->hits, 1, __ATOMIC_RELAXED);
    return 1;
}

ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) {
    REAL(pwrite);
    return fails(file) ? -1 : real(file, bytes, count, offset);
}
ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t offset) {
    REAL(pwrite64);
    return fails(file) ? -1 : real(file, bytes, count, offset);
}
ssize_t write(int file, const void* bytes, size_t count) {
    REAL(write);
    return fails(file) ? -1 : real(file, bytes, count);
}
int ftruncate(int file, off_t length) {
    REAL(ftruncate);
    return fails(file) ? -1 : real(file, length);
}
int ftruncate64(int file, off64_t length) {
    REAL(ftruncate64);
    return fails(file) ? -1 : real(file, length);
}
int posix_fallocate(int file, off_t offset, off_t length) {
    REAL(posix_fallocate);
    return fails(file) ? errno : real(file, offset, length);
}

static void wait_for_disk(int file) {
    if (page->fsync_ms <= 0 || !is_ours(file)) return;
    __atomic_add_fetch(&page->hits, 1, __ATOMIC_RELAXED);
    usleep((useconds_t)page->fsync_ms * 1000);
}
int fsync(int file) {
    REAL(fsync);
    wait_for_disk(file);
    return real(file);
}
int fdatasync(int file) {
    REAL(fdatasync);
    wait_for_disk(file);
    return real(file);
}

int clock_gettime(clockid_t clock, struct timespec* now) {
    REAL(clock_gettime);
    const int done = real(clock, now);
    if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += page->clock_seconds;
    return done;
}
int gettimeofday(struct timeval* restrict now, void* restrict zone) {
    REAL(gettimeofday);
    const int done = real(now, zone);
    if (done == 0) now->tv_sec += page->clock_seconds;
    return done;
}
time_t time(time_t* where) {
    REAL(time);
    const time_t now = real(NULL) + page->clock_seconds;
    if (where) *where = now;
    return now;
}
