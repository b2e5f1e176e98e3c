package peers;

import java.io.IOException;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** How Flink carries items between operators and keeps accounts: by hand, its fastest way. */
public final class FlinkTypes {
  private FlinkTypes() {}

  /** An input on its way to the scorer; a decision on its way to the sink. */
  public static final class Item {
    public String key;
    public byte[] value;
    public long time;
    public long offset;
    public int partition;
    /** Empty of an input. */
    public String route = "";
  }

  public static final class ItemType extends ByHand<Item> {
    @Override
    public Item createInstance() {
      return new Item();
    }

    @Override
    public void serialize(Item item, DataOutputView out) throws IOException {
      out.writeUTF(item.key);
      out.writeInt(item.value.length);
      out.write(item.value);
      out.writeLong(item.time);
      out.writeLong(item.offset);
      out.writeInt(item.partition);
      out.writeUTF(item.route);
    }

    @Override
    public Item deserialize(DataInputView in) throws IOException {
      Item item = new Item();
      item.key = in.readUTF();
      item.value = new byte[in.readInt()];
      in.readFully(item.value);
      item.time = in.readLong();
      item.offset = in.readLong();
      item.partition = in.readInt();
      item.route = in.readUTF();
      return item;
    }

    @Override
    public Item copy(Item from) {
      Item item = new Item();
      item.key = from.key;
      item.value = from.value;
      item.time = from.time;
      item.offset = from.offset;
      item.partition = from.partition;
      item.route = from.route;
      return item;
    }

    @Override
    public TypeSerializerSnapshot<Item> snapshotConfiguration() {
      return new ItemSnapshot();
    }
  }

  public static final class ItemSnapshot extends SimpleTypeSerializerSnapshot<Item> {
    public ItemSnapshot() {
      super(ItemType::new);
    }
  }

  public static final class AccountType extends ByHand<Account> {
    @Override
    public Account createInstance() {
      return new Account();
    }

    @Override
    public void serialize(Account account, DataOutputView out) throws IOException {
      byte[] bytes = account.write();
      out.writeInt(bytes.length);
      out.write(bytes);
    }

    @Override
    public Account deserialize(DataInputView in) throws IOException {
      byte[] bytes = new byte[in.readInt()];
      in.readFully(bytes);
      return Account.read(bytes);
    }

    @Override
    public Account copy(Account from) {
      return Account.read(from.write());
    }

    @Override
    public TypeSerializerSnapshot<Account> snapshotConfiguration() {
      return new AccountSnapshot();
    }
  }

  public static final class AccountSnapshot extends SimpleTypeSerializerSnapshot<Account> {
    public AccountSnapshot() {
      super(AccountType::new);
    }
  }

  /** What Flink asks of every type. */
  private abstract static class ByHand<T> extends TypeSerializer<T> {
    @Override
    public boolean isImmutableType() {
      return false;
    }

    @Override
    public TypeSerializer<T> duplicate() {
      return this;
    }

    @Override
    public T copy(T from, T into) {
      return copy(from);
    }

    @Override
    public int getLength() {
      return -1;
    }

    @Override
    public T deserialize(T into, DataInputView in) throws IOException {
      return deserialize(in);
    }

    @Override
    public void copy(DataInputView in, DataOutputView out) throws IOException {
      serialize(deserialize(in), out);
    }

    @Override
    public boolean equals(Object other) {
      return other != null && other.getClass() == getClass();
    }

    @Override
    public int hashCode() {
      return getClass().hashCode();
    }
  }

  public static final class ItemInfo extends TypeInformation<Item> {
    @Override
    public boolean isBasicType() {
      return false;
    }

    @Override
    public boolean isTupleType() {
      return false;
    }

    @Override
    public int getArity() {
      return 1;
    }

    @Override
    public int getTotalFields() {
      return 1;
    }

    @Override
    public Class<Item> getTypeClass() {
      return Item.class;
    }

    @Override
    public boolean isKeyType() {
      return false;
    }

    @Override
    public TypeSerializer<Item> createSerializer(SerializerConfig config) {
      return new ItemType();
    }

    @Override
    public String toString() {
      return "Item";
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof ItemInfo;
    }

    @Override
    public int hashCode() {
      return 1;
    }

    @Override
    public boolean canEqual(Object other) {
      return other instanceof ItemInfo;
    }
  }
}
