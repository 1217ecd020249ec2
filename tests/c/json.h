/* As much JSON as the tests need to read the local cloud's answers: a value is a pointer to its first
 * character. */
#ifndef FERRY_TEST_JSON_H
#define FERRY_TEST_JSON_H

#include <stdlib.h>
#include <string.h>

static inline const char *json_space(const char *at) {
    return at + strspn(at, " \t\r\n,:");
}

/* Just behind the value. */
static inline const char *json_end(const char *at) {
    int depth = 0;
    do {
        if (*at == '"') {
            for (at++; *at != '"' && *at != '\0'; at++) {
                at += *at == '\\' && at[1] != '\0';
            }
            at += *at == '"';
        } else if (*at == '{' || *at == '[') {
            depth++;
            at++;
        } else if (*at == '}' || *at == ']') {
            depth--;
            at++;
        } else {
            at += strcspn(at, ",:{}[]\" \t\r\n");
        }
        if (depth > 0) {
            at = json_space(at);
        }
    } while (depth > 0 && *at != '\0');
    return at;
}

/* The first item of an array, or the first name in an object; NULL if there is none. */
static inline const char *json_first(const char *at) {
    if (at == NULL || (*at != '[' && *at != '{')) {
        return NULL;
    }
    at = json_space(at + 1);
    return *at == ']' || *at == '}' || *at == '\0' ? NULL : at;
}

/* What follows in the array or object; NULL at its end. */
static inline const char *json_next(const char *at) {
    at = json_space(json_end(at));
    return *at == ']' || *at == '}' || *at == '\0' ? NULL : at;
}

/* The member of an object; NULL if there is none. */
static inline const char *json_get(const char *object, const char *name) {
    const size_t length = strlen(name);
    for (const char *key = object != NULL && *object == '{' ? json_first(object) : NULL; key != NULL;
        key = json_next(key)) {
        const char *value = json_space(json_end(key));
        if (strncmp(key + 1, name, length) == 0 && key[length + 1] == '"') {
            return value;
        }
        key = value;
    }
    return NULL;
}

/* Whether the value is written like this, e.g. "7", "null" or "\"put\"". */
static inline int json_is(const char *value, const char *text) {
    return value != NULL && (size_t)(json_end(value) - value) == strlen(text) &&
           strncmp(value, text, strlen(text)) == 0;
}

/* A copy of the value as it is written, texts without their quotes. Escapes stay. Freed by the caller. */
static inline char *json_copy(const char *value) {
    if (value == NULL) {
        return (char *)calloc(1, 1);
    }
    const size_t quote = *value == '"';
    const size_t length = (size_t)(json_end(value) - value) - 2 * quote;
    char *copy = (char *)malloc(length + 1);
    memcpy(copy, value + quote, length);
    copy[length] = '\0';
    return copy;
}

/* The four hexadecimal digits of a \u escape. */
static inline unsigned json_unit(const char *at) {
    char digits[5] = {0};
    strncpy(digits, at, 4);
    return (unsigned)strtoul(digits, NULL, 16);
}

/* Writes a character as UTF-8; just behind it. */
static inline char *json_put(char *to, unsigned character) {
    if (character < 0x80) {
        *to++ = (char)character;
        return to;
    }
    const int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    *to++ = (char)((0xff00 >> (more + 1) & 0xff) | (int)(character >> 6 * more));
    for (int i = more - 1; i >= 0; i--) {
        *to++ = (char)(0x80 | (character >> 6 * i & 0x3f));
    }
    return to;
}

/* The text that a JSON string stands for; "" for NULL. Freed by the caller. */
static inline char *json_text(const char *value) {
    char *text = json_copy(value), *to = text;
    for (const char *at = text; *at != '\0';) {
        if (*at != '\\') {
            *to++ = *at++;
            continue;
        }
        static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
        const char *letter = strchr(letters, at[1]);
        if (at[1] == 'u') {
            unsigned character = json_unit(at + 2);
            at += 6;
            if (character >> 10 == 0x36) {
                character = 0x10000 + ((character & 0x3ff) << 10) + (json_unit(at + 2) & 0x3ff);
                at += 6;
            }
            to = json_put(to, character);
        } else {
            *to++ = letter != NULL ? meanings[letter - letters] : at[1];
            at += 2;
        }
    }
    *to = '\0';
    return text;
}

#endif
