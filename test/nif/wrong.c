/* Libraries that load_nif refuses, each for another reason, and three that it takes: compiled with different macros. */
#include <erl_nif.h>
#ifndef FUNCTIONS
#define FUNCTIONS {"f", 1, one, 0}
#endif
#ifndef NAME
#define NAME "wrong"
#endif
#ifndef MAJOR
#define MAJOR 2
#endif
#ifndef MINOR
#define MINOR 16
#endif
#ifndef VARIANT
#define VARIANT "beam.vanilla"
#endif

/* Of a library that this one is not linked with, but erl is. */
#ifdef UNLINKED
unsigned long crc32(unsigned long, const unsigned char*, unsigned);
#else
#define crc32(crc, bytes, size) 1
#endif

static ERL_NIF_TERM one(ErlNifEnv* env, int argc, const ERL_NIF_TERM argv[]) { return enif_make_ulong(env, crc32(0, (const unsigned char*)"abc", 3)); }
static ErlNifFunc functions[] = {FUNCTIONS};
/* The number that load_nif is given is what is returned. */
static int load(ErlNifEnv* env, void** priv, ERL_NIF_TERM info) { int r = 0; enif_get_int(env, info, &r); return r; }
#ifdef UPGRADE
static int upgrade(ErlNifEnv* env, void** priv, void** old, ERL_NIF_TERM info) { return load(env, priv, info); }
#else
#define upgrade NULL
#endif

#ifdef NO_INIT
int no_init;
#elif defined(NULL_INIT)
ErlNifEntry* nif_init(void) { return NULL; }
#else
static ErlNifEntry entry = {MAJOR, MINOR, NAME, sizeof functions / sizeof *functions, functions, load, NULL, upgrade, NULL,
                            VARIANT, 1, sizeof(ErlNifResourceTypeInit), "erts-13.0"};
ErlNifEntry* nif_init(void) { return &entry; }
#endif
