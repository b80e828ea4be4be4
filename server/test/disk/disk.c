/*
 * A disk that tests can break, put in front of libc by LD_PRELOAD (built and driven by disk.ts).
 *
 *   SECGRAPH_DISK_FOLDER   what lies in this folder is watched; all else goes through untouched
 *   SECGRAPH_DISK_JOURNAL  every change that was made to it, in order, for building the disk as a power cut leaves it
 *   SECGRAPH_DISK_CONTROL  faults and the clock, as the test sets them while the process runs
 *   SECGRAPH_DISK_DEAF     the fsync of files with this ending does nothing and says it did
 *
 * Control: u64 generation, u64 faults given so far, then lines of text, read anew when the generation moves:
 *   <call> <errno> <ending or *>   the call fails on files with the ending
 *   space <bytes>                  files may grow by so much in all, then ENOSPC
 *   clock <milliseconds>           the wall clock is off by so much
 * Calls: write truncate sync open create rename unlink mkdir link times read map.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))real_of((void *)&cached_##name, #name))
#define CACHED(name) static void *cached_##name

CACHED(open); CACHED(close); CACHED(write); CACHED(pwrite64); CACHED(writev); CACHED(pwritev); CACHED(read); CACHED(pread64); CACHED(preadv);
CACHED(readv); CACHED(ftruncate64); CACHED(fsync); CACHED(fdatasync); CACHED(unlink); CACHED(rename); CACHED(link); CACHED(mkdir); CACHED(rmdir);
CACHED(mmap64); CACHED(utimensat); CACHED(futimens); CACHED(clock_gettime); CACHED(gettimeofday);

static void *real_of(void **cache, const char *name) {
  void *found = __atomic_load_n(cache, __ATOMIC_RELAXED);
  if (found == NULL) {
    found = dlsym(RTLD_NEXT, name);
    __atomic_store_n(cache, found, __ATOMIC_RELAXED);
  }
  return found;
}

/* ---- what is watched ---- */

enum { LONGEST = 65536, RULES = 32, CONTROL = 65536 };

struct watched { char *path; int append; dev_t device; ino_t inode; };

static struct watched files[LONGEST];
static char folder[PATH_MAX];
static size_t folder_length;
static const char *deaf;
static int journal = -1;
static volatile uint64_t *control;
/* One change at a time: the order in the journal is the order in which things happened. */
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("SECGRAPH_DISK_FOLDER");
  if (name == NULL) return;
  snprintf(folder, sizeof folder, "%s", name);
  folder_length = strlen(folder);
  deaf = getenv("SECGRAPH_DISK_DEAF");
  const char *log = getenv("SECGRAPH_DISK_JOURNAL");
  if (log != NULL) journal = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const char *page = getenv("SECGRAPH_DISK_CONTROL");
  int fd = page == NULL ? -1 : REAL(open)(page, O_RDWR | O_CLOEXEC);
  if (fd >= 0) {
    void *map = REAL(mmap64)(NULL, CONTROL, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) control = map;
    REAL(close)(fd);
  }
}

static int is_watched(const char *path) {
  return folder_length > 0 && path != NULL && strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || path[folder_length] == 0);
}

/* A descriptor may be closed without close(): libuv makes that system call itself. Then another file is behind it. */
static const char *path_of(int fd) {
  if (fd < 0 || fd >= LONGEST || files[fd].path == NULL) return NULL;
  struct stat64 stat;
  int kept = errno;
  int same = fstat64(fd, &stat) == 0 && stat.st_dev == files[fd].device && stat.st_ino == files[fd].inode;
  errno = kept;
  return same ? files[fd].path : NULL;
}

static int ends_with(const char *path, const char *ending) {
  size_t all = strlen(path), end = strlen(ending);
  return strcmp(ending, "*") == 0 || (all >= end && strcmp(path + all - end, ending) == 0);
}

static void forget(int fd) {
  if (fd < 0 || fd >= LONGEST || files[fd].path == NULL) return;
  pthread_mutex_lock(&order);
  free(files[fd].path);
  files[fd].path = NULL;
  pthread_mutex_unlock(&order);
}

/* ---- what the test asks for ---- */

struct rule { char call[16]; int error; char ending[128]; };

static struct rule rules[RULES];
static int rule_count;
static int64_t space = INT64_MAX;
static int64_t clock_offset;
static uint64_t known_generation;
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;

static void read_rules(uint64_t generation) {
  char text[CONTROL - 16];
  memcpy(text, (const char *)(control + 2), sizeof text);
  text[sizeof text - 1] = 0;
  rule_count = 0;
  space = INT64_MAX;
  int64_t offset = 0;
  char *rest = text;
  for (char *line = strtok_r(rest, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
    struct rule rule;
    long long number;
    if (sscanf(line, "space %lld", &number) == 1) space = number;
    else if (sscanf(line, "clock %lld", &number) == 1) offset = number;
    else if (rule_count < RULES && sscanf(line, "%15s %d %127s", rule.call, &rule.error, rule.ending) == 3) rules[rule_count++] = rule;
  }
  __atomic_store_n(&clock_offset, offset, __ATOMIC_RELAXED);
  __atomic_store_n(&known_generation, generation, __ATOMIC_RELEASE);
}

static void look(void) {
  if (control == NULL) return;
  uint64_t generation = __atomic_load_n(control, __ATOMIC_ACQUIRE);
  if (generation == __atomic_load_n(&known_generation, __ATOMIC_ACQUIRE)) return;
  pthread_mutex_lock(&reading);
  if (generation != known_generation) read_rules(generation);
  pthread_mutex_unlock(&reading);
}

static int given(int error) {
  __atomic_add_fetch(control + 1, 1, __ATOMIC_RELAXED);
  errno = error;
  return 1;
}

/* True when the call shall fail; errno is set then. */
static int fails(const char *call, const char *path) {
  look();
  for (int index = 0; index < rule_count; index += 1)
    if (strcmp(rules[index].call, call) == 0 && ends_with(path, rules[index].ending)) return given(rules[index].error);
  return 0;
}

/* How many of the bytes fit on the disk; 0 with errno when it is full. */
static size_t fitting(int fd, int64_t offset, size_t length) {
  struct stat64 stat;
  if (space == INT64_MAX || fstat64(fd, &stat) != 0) return length;
  /* A file that was only made longer has no room yet. */
  int64_t has = stat.st_blocks * 512 < stat.st_size ? stat.st_blocks * 512 : stat.st_size;
  int64_t growth = offset + (int64_t)length - has;
  if (growth <= 0) return length;
  if (growth > space) {
    int64_t fits = (int64_t)length - (growth - space);
    if (fits <= 0) return given(ENOSPC), 0;
    growth = space;
    length = (size_t)fits;
  }
  space -= growth;
  return length;
}

/* ---- the journal ---- */

struct record { uint32_t size; char op; char pad[3]; int32_t pid; int32_t fd; int64_t offset; int64_t length; };

/* `text` is one path, or two with a NUL between them. */
static void note(char op, int fd, int64_t offset, int64_t length, const void *text, size_t bytes) {
  if (journal < 0) return;
  struct record record = {(uint32_t)(sizeof(struct record) + bytes), op, {0}, (int32_t)getpid(), fd, offset, length};
  struct iovec parts[] = {{&record, sizeof record}, {(void *)text, bytes}};
  int kept = errno;
  if (REAL(writev)(journal, parts, 2) != (ssize_t)record.size) abort();
  errno = kept;
}

static void note_paths(char op, const char *one, const char *other) {
  char text[2 * PATH_MAX];
  int length = snprintf(text, sizeof text, "%s%c%s", one, 0, other == NULL ? "" : other);
  note(op, -1, 0, 0, text, (size_t)length);
}

/* ---- opening and closing ---- */

static int opened(int fd, const char *path, int flags) {
  struct stat64 stat;
  if (fd < 0 || fd >= LONGEST || fstat64(fd, &stat) != 0) return fd;
  pthread_mutex_lock(&order);
  free(files[fd].path);
  files[fd].device = stat.st_dev;
  files[fd].inode = stat.st_ino;
  files[fd].path = strdup(path);
  files[fd].append = (flags & O_APPEND) != 0;
  note('O', fd, flags, 0, path, strlen(path));
  pthread_mutex_unlock(&order);
  return fd;
}

static int open_watched(const char *path, int flags, mode_t mode) {
  int changes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
  if (changes && fails("open", path)) return -1;
  if ((flags & O_CREAT) != 0 && access(path, F_OK) != 0 && fails("create", path)) return -1;
  return opened(REAL(open)(path, flags, mode), path, flags);
}

#define MODE_OF(flags, mode)                        \
  mode_t mode = 0;                                  \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {     \
    va_list list;                                   \
    va_start(list, flags);                          \
    mode = (mode_t)va_arg(list, int);               \
    va_end(list);                                   \
  }

int open(const char *path, int flags, ...) {
  MODE_OF(flags, mode)
  return is_watched(path) ? open_watched(path, flags, mode) : REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE_OF(flags, mode)
  return is_watched(path) ? open_watched(path, flags | O_LARGEFILE, mode) : REAL(open)(path, flags | O_LARGEFILE, mode);
}

int close(int fd) {
  forget(fd);
  return REAL(close)(fd);
}

/* ---- changing contents ---- */

static ssize_t written(int fd, int64_t offset, const void *bytes, ssize_t done) {
  if (done > 0) note('W', fd, offset, done, bytes, (size_t)done);
  return done;
}

static int64_t position(int fd) {
  struct stat64 stat;
  if (files[fd].append) return fstat64(fd, &stat) == 0 ? stat.st_size : 0;
  return lseek64(fd, 0, SEEK_CUR);
}

/* `offset` -1: where the file stands. */
static ssize_t write_watched(int fd, const void *bytes, size_t length, int64_t offset) {
  pthread_mutex_lock(&order);
  int64_t at = offset < 0 ? position(fd) : offset;
  ssize_t done = -1;
  size_t fits = fails("write", path_of(fd)) ? 0 : fitting(fd, at, length);
  if (fits > 0 || length == 0) done = written(fd, at, bytes, offset < 0 ? REAL(write)(fd, bytes, fits) : REAL(pwrite64)(fd, bytes, fits, offset));
  pthread_mutex_unlock(&order);
  return done;
}

static ssize_t write_parts(int fd, const struct iovec *parts, int count, int64_t offset) {
  ssize_t all = 0;
  for (int index = 0; index < count; index += 1) {
    ssize_t done = write_watched(fd, parts[index].iov_base, parts[index].iov_len, offset < 0 ? -1 : offset + all);
    if (done < 0) return all > 0 ? all : -1;
    all += done;
    if ((size_t)done < parts[index].iov_len) break;
  }
  return all;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  return path_of(fd) != NULL ? write_watched(fd, bytes, length, -1) : REAL(write)(fd, bytes, length);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  return path_of(fd) != NULL ? write_watched(fd, bytes, length, offset) : REAL(pwrite64)(fd, bytes, length, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
  return path_of(fd) != NULL ? write_parts(fd, parts, count, -1) : REAL(writev)(fd, parts, count);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return path_of(fd) != NULL ? write_parts(fd, parts, count, offset) : REAL(pwritev)(fd, parts, count, offset);
}

int ftruncate64(int fd, off64_t length) {
  if (path_of(fd) == NULL) return REAL(ftruncate64)(fd, length);
  pthread_mutex_lock(&order);
  int done = fails("truncate", path_of(fd)) ? -1 : REAL(ftruncate64)(fd, length);
  if (done == 0) note('T', fd, 0, length, "", 0);
  pthread_mutex_unlock(&order);
  return done;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

/* A failed fsync is told to the journal too: what was waiting may never reach the disk, though the next fsync succeeds. */
static int sync_watched(int fd, int (*real)(int)) {
  pthread_mutex_lock(&order);
  int done = 0;
  if (deaf == NULL || !ends_with(path_of(fd), deaf)) {
    done = fails("sync", path_of(fd)) ? -1 : real(fd);
    note(done == 0 ? 'S' : 'F', fd, 0, 0, "", 0);
  }
  pthread_mutex_unlock(&order);
  return done;
}

int fsync(int fd) { return path_of(fd) != NULL ? sync_watched(fd, REAL(fsync)) : REAL(fsync)(fd); }

int fdatasync(int fd) { return path_of(fd) != NULL ? sync_watched(fd, REAL(fdatasync)) : REAL(fdatasync)(fd); }

/* ---- changing folders ---- */

#define CHANGE(op, rule, one, other, call)                         \
  pthread_mutex_lock(&order);                                      \
  int done = fails(rule, one) ? -1 : call;                         \
  if (done == 0) note_paths(op, one, other);                       \
  pthread_mutex_unlock(&order);                                    \
  return done;

int unlink(const char *path) {
  if (!is_watched(path)) return REAL(unlink)(path);
  CHANGE('U', "unlink", path, NULL, REAL(unlink)(path))
}

int rmdir(const char *path) {
  if (!is_watched(path)) return REAL(rmdir)(path);
  CHANGE('D', "unlink", path, NULL, REAL(rmdir)(path))
}

int mkdir(const char *path, mode_t mode) {
  if (!is_watched(path)) return REAL(mkdir)(path, mode);
  CHANGE('M', "mkdir", path, NULL, REAL(mkdir)(path, mode))
}

int rename(const char *from, const char *to) {
  if (!is_watched(from) && !is_watched(to)) return REAL(rename)(from, to);
  CHANGE('R', "rename", from, to, REAL(rename)(from, to))
}

int link(const char *from, const char *to) {
  if (!is_watched(from) && !is_watched(to)) return REAL(link)(from, to);
  CHANGE('L', "link", from, to, REAL(link)(from, to))
}

int utimensat(int at, const char *path, const struct timespec times[2], int flags) {
  if (is_watched(path) && fails("times", path)) return -1;
  return REAL(utimensat)(at, path, times, flags);
}

int futimens(int fd, const struct timespec times[2]) {
  if (path_of(fd) != NULL && fails("times", path_of(fd))) return -1;
  return REAL(futimens)(fd, times);
}

/* ---- reading ---- */

ssize_t read(int fd, void *bytes, size_t length) {
  if (path_of(fd) != NULL && fails("read", path_of(fd))) return -1;
  return REAL(read)(fd, bytes, length);
}

ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
  if (path_of(fd) != NULL && fails("read", path_of(fd))) return -1;
  return REAL(pread64)(fd, bytes, length, offset);
}

ssize_t readv(int fd, const struct iovec *parts, int count) {
  if (path_of(fd) != NULL && fails("read", path_of(fd))) return -1;
  return REAL(readv)(fd, parts, count);
}

ssize_t preadv(int fd, const struct iovec *parts, int count, off_t offset) {
  if (path_of(fd) != NULL && fails("read", path_of(fd))) return -1;
  return REAL(preadv)(fd, parts, count, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
  if (path_of(fd) != NULL && fails("map", path_of(fd))) return MAP_FAILED;
  return REAL(mmap64)(address, length, protection, flags, fd, offset);
}

/* ---- the wall clock; the steady one that timers use is left alone ---- */

static int64_t offset_now(void) {
  look();
  return __atomic_load_n(&clock_offset, __ATOMIC_RELAXED);
}

int clock_gettime(clockid_t id, struct timespec *now) {
  int done = REAL(clock_gettime)(id, now);
  int64_t offset = done == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) ? offset_now() : 0;
  if (offset == 0) return done;
  int64_t all = (int64_t)now->tv_sec * 1000000000 + now->tv_nsec + offset * 1000000;
  now->tv_sec = all / 1000000000;
  now->tv_nsec = all % 1000000000;
  return done;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int done = REAL(gettimeofday)(now, zone);
  int64_t offset = done == 0 ? offset_now() : 0;
  if (offset == 0) return done;
  int64_t all = (int64_t)now->tv_sec * 1000000 + now->tv_usec + offset * 1000;
  now->tv_sec = all / 1000000;
  now->tv_usec = all % 1000000;
  return done;
}

time_t time(time_t *out) {
  struct timeval now;
  gettimeofday(&now, NULL);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
