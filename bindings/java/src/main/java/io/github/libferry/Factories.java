package io.github.libferry;

/** The factories of an account. */
public final class Factories extends Resource {
    Factories(Telestream account) {
        super(account, null, Abi.FERRY_FACTORIES);
    }
}
