#include <ferry.h>
#include <stdio.h>

int main(void) {
    puts(ferry_version());
    return ferry_version_number() != FERRY_VERSION_NUMBER;
}
