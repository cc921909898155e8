// Keeps the avatar of this browser in its own database, so that it is there the next time. The file
// is never sent.

const DATABASE = "affect-bridge", STORE = "avatar", KEY = "own";

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function store(mode, use) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await done(opening);
  try {
    return await done(use(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/** Keeps a file by its name. Returns whether the browser allows it. */
export async function keep(name, bytes) {
  try {
    await store("readwrite", (files) => files.put({ name, bytes }, KEY));
    return true;
  } catch {
    return false; // a private window, or no space
  }
}

/** The file that is kept, as `name` and `bytes`; null if there is none. */
export async function kept() {
  try {
    return (await store("readonly", (files) => files.get(KEY))) ?? null;
  } catch {
    return null;
  }
}

/** Forgets it. */
export async function forget() {
  try {
    await store("readwrite", (files) => files.delete(KEY));
  } catch { /* there is none */ }
}
