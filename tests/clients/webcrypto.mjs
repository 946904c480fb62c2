// SPDX-License-Identifier: Apache-2.0
// Node 18 (Debian 12's) has WebCrypto but not as a global, which the client libraries expect.
import { webcrypto } from 'node:crypto';

for (const name of ['crypto', 'CryptoKey']) {
    const value = name === 'crypto' ? webcrypto : webcrypto.CryptoKey;
    if (globalThis[name] === undefined) {
        Object.defineProperty(globalThis, name, { value, configurable: true });
    }
}
