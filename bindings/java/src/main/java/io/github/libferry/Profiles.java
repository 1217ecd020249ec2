package io.github.libferry;

/** The profiles of a factory: how it encodes. */
public final class Profiles extends Resource {
    Profiles(Telestream account, String factory) {
        super(account, factory, Abi.FERRY_PROFILES);
    }
}
