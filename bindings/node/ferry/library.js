// Finds libferry, loads it and checks that it is the version that this package was written for.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import koffi from "koffi";

import { CALLBACKS, FERRY_VERSION_MAJOR, FERRY_VERSION_MINOR, FUNCTIONS, STRUCTS } from "./abi.js";

const IS_MAC = process.platform === "darwin";
const NAME = IS_MAC ? "libferry.dylib" : "libferry.so";

// Before 1.0 a new minor version may break programs, from 1.0 on it only adds.
const ABI = FERRY_VERSION_MAJOR === 0 ? `0.${FERRY_VERSION_MINOR}` : `${FERRY_VERSION_MAJOR}`;

/** The name by which the system's loader finds the library that is installed. */
const INSTALLED = IS_MAC ? `libferry.${ABI}.dylib` : `libferry.so.${ABI}`;

/** FERRY_LIBRARY if it is set, else the library inside the package, else the system's. */
function find() {
  if (process.env.FERRY_LIBRARY) return process.env.FERRY_LIBRARY;
  const inside = fileURLToPath(new URL(`lib/${NAME}`, import.meta.url));
  return existsSync(inside) ? inside : INSTALLED;
}

/** @param {string} path */
function open(path) {
  try {
    return koffi.load(path);
  } catch (cause) {
    throw new Error(
      `ferry: ${path} cannot be loaded as libferry. Install libferry (make install), or set FERRY_LIBRARY ` +
        `to the path of ${NAME}.`,
      { cause },
    );
  }
}

/** @param {string} path @param {import("koffi").LibraryHandle} library */
function check(path, library) {
  let number;
  try {
    number = library.func("ferry_version_number", "uint32_t", [])();
  } catch (cause) {
    throw new Error(`ferry: ${path} is not libferry`, { cause });
  }
  const [major, minor] = [number >> 16, (number >> 8) & 0xff];
  const fits =
    major === FERRY_VERSION_MAJOR &&
    (major === 0 ? minor === FERRY_VERSION_MINOR : minor >= FERRY_VERSION_MINOR);
  if (!fits) {
    throw new Error(
      `ferry: ${path} is libferry ${major}.${minor}, this package needs ` +
        `${FERRY_VERSION_MAJOR}.${FERRY_VERSION_MINOR}: install both from one release.`,
    );
  }
}

/**
 * The error of a library that fits by its number, but is older than this package.
 * @param {string} path
 * @param {import("koffi").LibraryHandle} library
 * @param {string} name
 * @param {unknown} cause
 */
function lacking(path, library, name, cause) {
  let version = "";
  try {
    version = ` ${library.func("ferry_version", "const char *", [])()}`;
  } catch {
    // It is the one that is lacking.
  }
  return new Error(
    `ferry: ${path} is libferry${version} and lacks ${name}, which this package needs: ` +
      `install both from one release, or set FERRY_LIBRARY to the path of another ${NAME}.`,
    { cause },
  );
}

/** @typedef {keyof typeof FUNCTIONS} FunctionName */

/** @typedef {Record<FunctionName, (...args: any[]) => any>} Library */

function load() {
  const path = find();
  const library = open(path);
  check(path, library);
  for (const [name, [result, given]] of Object.entries(CALLBACKS)) koffi.proto(name, result, [...given]);
  for (const [name, fields] of Object.entries(STRUCTS)) koffi.struct(name, fields);
  const functions = Object.entries(FUNCTIONS).map(([name, [result, given]]) => {
    try {
      return [name, library.func(name, result, [...given])];
    } catch (cause) {
      throw lacking(path, library, name, cause);
    }
  });
  return /** @type {Library} */ (Object.fromEntries(functions));
}

/**
 * The functions of the library.
 * @internal
 */
export const lib = load();

/**
 * An option struct: what is left out is its default.
 * @internal
 * @param {keyof typeof STRUCTS} type
 * @param {Record<string, any>} fields
 */
export function struct(type, fields) {
  return { ...fields, struct_size: koffi.sizeof(type) };
}

/**
 * The text at an address, which ends with NUL.
 * @internal
 * @param {bigint} address
 * @returns {string}
 */
export function textAt(address) {
  return koffi.decode(address, "char", -1);
}

/**
 * The memory at an address, not copied.
 * @internal
 * @param {bigint} address
 * @param {number} length
 */
export function memoryAt(address, length) {
  return new Uint8Array(koffi.view(address, length));
}
