// A zip archive with one executable file, stored without compression: enough for a Lambda package.
import { crc32 } from "./crc32.js";

const madeByUnix = 3 << 8;
const executableMode = 0o100755;
const dateOf1980 = 0x21;

/** The bytes of an archive that holds `content` as the executable `name`. */
export function zipOf(name, content) {
  const nameBytes = Buffer.from(name);
  const shared = Buffer.alloc(26);  // the fields that the local header and the directory entry have in common
  shared.writeUInt16LE(20, 0);  // version needed
  shared.writeUInt16LE(dateOf1980, 8);
  shared.writeUInt32LE(crc32(content), 10);
  shared.writeUInt32LE(content.length, 14);
  shared.writeUInt32LE(content.length, 18);
  shared.writeUInt16LE(nameBytes.length, 22);

  const local = Buffer.concat([Buffer.from("PK\x03\x04"), shared, nameBytes, content]);

  const before = Buffer.alloc(2);
  before.writeUInt16LE(madeByUnix | 20);
  const behind = Buffer.alloc(14);
  behind.writeUInt32LE((executableMode << 16) >>> 0, 6);
  const directory = Buffer.concat([Buffer.from("PK\x01\x02"), before, shared, behind, nameBytes]);

  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, directory, Buffer.from("PK\x05\x06"), end]);
}
