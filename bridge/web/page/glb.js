// Looks into a .glb or .vrm before it is drawn, and says what is wrong with it.

const MAGIC = 0x46546c67; // "glTF"
const JSON_CHUNK = 0x4e4f534a;
const NOT_READ = new Map([
  ["KHR_draco_mesh_compression", "meshes compressed with Draco"],
  ["EXT_meshopt_compression", "meshes compressed with meshopt"],
  ["KHR_meshopt_compression", "meshes compressed with meshopt"],
  ["KHR_texture_basisu", "textures in KTX 2"],
]);

/** The file cannot be drawn. The message says why. */
export class Unusable extends Error {}

/** Checks a file. Returns its description in JSON; throws Unusable. */
export function described(bytes, name) {
  const wrong = (why) => new Unusable(`${name}: ${why}`);
  const view = new DataView(bytes);
  if (bytes.byteLength < 20 || view.getUint32(0, true) !== MAGIC) {
    throw wrong("this is no GLB file; expected a .vrm, or a .glb of glTF 2");
  }
  const version = view.getUint32(4, true);
  if (version !== 2) throw wrong(`glTF version ${version}; expected 2`);
  const length = view.getUint32(12, true);
  if (view.getUint32(8, true) > bytes.byteLength || 20 + length > bytes.byteLength) {
    throw wrong("the file is cut short");
  }
  let json = null;
  try {
    if (view.getUint32(16, true) === JSON_CHUNK) {
      json = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 20, length)));
    }
  } catch { /* said below */ }
  if (!json?.asset) throw wrong("its description is not valid glTF");
  const parts = [json.buffers, json.images].flat().filter(Boolean);
  if (parts.some(({ uri }) => uri !== undefined)) {
    throw wrong("it needs other files; export it as one binary file");
  }
  const needed = [json.extensionsRequired].flat().find((extension) => NOT_READ.has(extension));
  if (needed) throw wrong(`it has ${NOT_READ.get(needed)}; export it without compression`);
  return json;
}
