using System.Globalization;
using System.Numerics;
using Whalescale.Crypto;

namespace Whalescale.Tests.Crypto;

/// <summary>The checks against curve arithmetic written out here, on points that no honest party makes.</summary>
public sealed class NodeKeysTests
{
    private static readonly BigInteger Prime = BigInteger.Pow(2, 255) - 19;

    private static readonly BigInteger D =
        Modulo(-121665 * BigInteger.ModPow(121666, Prime - 2, Prime));

    private static readonly BigInteger GroupOrder =
        BigInteger.Pow(2, 252)
        + BigInteger.Parse("27742317777372353535851937790883648493", CultureInfo.InvariantCulture);

    [Fact]
    public void The_verdict_on_random_bytes_is_that_of_plain_arithmetic()
    {
        var random = new SeededRandom("random ids");
        var counts = new int[6];
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = random.Bytes(32);
            NodeIdVerdict verdict = NodeKeys.Check(new NodeId(bytes), out _);
            Assert.Equal(Judge(bytes), verdict);
            counts[(int)verdict]++;
        }

        // A random y is on the curve in one case of two, and then in the subgroup in one of eight.
        Assert.InRange(counts[(int)NodeIdVerdict.NotOnCurve], 100, 200);
        Assert.InRange(counts[(int)NodeIdVerdict.MixedOrder], 90, 180);
        Assert.True(counts[(int)NodeIdVerdict.Usable] > 0);
        Assert.True(counts[(int)NodeIdVerdict.SignBitSet] > 0);
    }

    [Fact]
    public void Coordinates_that_are_not_reduced_are_not_canonical()
    {
        for (int i = 0; i < 19; i++)
        {
            byte[] bytes = Encode(Prime + i);
            Assert.Equal(NodeIdVerdict.NotCanonical, NodeKeys.Check(new NodeId(bytes), out _));
            bytes[31] |= 0x80;
            Assert.Equal(NodeIdVerdict.NotCanonical, NodeKeys.Check(new NodeId(bytes), out _));
        }
    }

    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")]
    public void Points_of_small_order_are_refused_under_both_signs(string hex)
    {
        Assert.Equal(NodeIdVerdict.SmallOrder, NodeKeys.Check(new NodeId(Convert.FromHexString(hex)), out _));
        Assert.Equal(NodeIdVerdict.SmallOrder, Judge(Convert.FromHexString(hex)));
    }

    [Fact]
    public void A_good_key_plus_the_point_of_order_two_is_refused()
    {
        // (x, y) + (0, -1) = (-x, -y): the very points that libsodium took for good until December 2025.
        var random = new SeededRandom("order two");
        for (int i = 0; i < 50; i++)
        {
            using Identity identity = Identity.Generate(random);
            byte[] id = identity.NodeId.ToArray();
            byte[] shifted = Encode(Prime - new BigInteger(id, isUnsigned: true));
            Assert.Equal(NodeIdVerdict.MixedOrder, NodeKeys.Check(new NodeId(shifted), out X25519PublicKey key));
            Assert.Equal(default, key);
            shifted[31] |= 0x80;
            Assert.Equal(NodeIdVerdict.MixedOrder, NodeKeys.Check(new NodeId(shifted), out _));
        }
    }

    [Fact]
    public void An_id_and_its_twin_would_convert_to_one_key_so_only_one_is_usable()
    {
        var random = new SeededRandom("twins");
        for (int i = 0; i < 20; i++)
        {
            using Identity identity = Identity.Generate(random);
            byte[] id = identity.NodeId.ToArray();
            BigInteger y = new(id, isUnsigned: true);
            BigInteger u = Modulo((1 + y) * BigInteger.ModPow(Modulo(1 - y), Prime - 2, Prime));
            Assert.Equal(new X25519PublicKey(Encode(u)), identity.StaticKey);
            id[31] |= 0x80;
            Assert.Equal(NodeIdVerdict.SignBitSet, NodeKeys.Check(new NodeId(id), out _));
        }
    }

    private static NodeIdVerdict Judge(byte[] bytes)
    {
        bool hasSignBit = (bytes[31] & 0x80) != 0;
        byte[] positive = [.. bytes];
        positive[31] &= 0x7F;
        BigInteger y = new(positive, isUnsigned: true);
        if (y >= Prime) return NodeIdVerdict.NotCanonical;
        if (SquareRoot((y * y - 1) * BigInteger.ModPow(Modulo(D * y * y + 1), Prime - 2, Prime)) is not { } x)
            return NodeIdVerdict.NotOnCurve;
        if (IsIdentity(Multiply(8, (x, y)))) return NodeIdVerdict.SmallOrder;
        if (!IsIdentity(Multiply(GroupOrder, (x, y)))) return NodeIdVerdict.MixedOrder;
        return hasSignBit ? NodeIdVerdict.SignBitSet : NodeIdVerdict.Usable;
    }

    private static BigInteger? SquareRoot(BigInteger square)
    {
        square = Modulo(square);
        BigInteger root = BigInteger.ModPow(square, (Prime + 3) / 8, Prime);
        if (Modulo(root * root) != square) root = Modulo(root * BigInteger.ModPow(2, (Prime - 1) / 4, Prime));
        return Modulo(root * root) == square ? root : null;
    }

    private static (BigInteger X, BigInteger Y) Multiply(BigInteger scalar, (BigInteger X, BigInteger Y) point)
    {
        // Extended coordinates (X : Y : Z : T) with the unified addition of RFC 8032, section 5.1.4.
        (BigInteger X, BigInteger Y, BigInteger Z, BigInteger T) sum = (0, 1, 1, 0);
        (BigInteger X, BigInteger Y, BigInteger Z, BigInteger T) power =
            (point.X, point.Y, 1, Modulo(point.X * point.Y));
        for (; !scalar.IsZero; scalar >>= 1)
        {
            if (!scalar.IsEven) sum = Add(sum, power);
            power = Add(power, power);
        }

        BigInteger inverse = BigInteger.ModPow(sum.Z, Prime - 2, Prime);
        return (Modulo(sum.X * inverse), Modulo(sum.Y * inverse));
    }

    private static (BigInteger X, BigInteger Y, BigInteger Z, BigInteger T) Add(
        (BigInteger X, BigInteger Y, BigInteger Z, BigInteger T) p,
        (BigInteger X, BigInteger Y, BigInteger Z, BigInteger T) q)
    {
        BigInteger a = Modulo((p.Y - p.X) * (q.Y - q.X)), b = Modulo((p.Y + p.X) * (q.Y + q.X));
        BigInteger c = Modulo(2 * D * p.T * q.T), d = Modulo(2 * p.Z * q.Z);
        (BigInteger e, BigInteger f, BigInteger g, BigInteger h) = (b - a, d - c, d + c, b + a);
        return (Modulo(e * f), Modulo(g * h), Modulo(f * g), Modulo(e * h));
    }

    private static bool IsIdentity((BigInteger X, BigInteger Y) point) => point.X.IsZero && point.Y.IsOne;

    private static byte[] Encode(BigInteger value)
    {
        var bytes = new byte[32];
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }

    private static BigInteger Modulo(BigInteger value)
    {
        BigInteger rest = value % Prime;
        return rest.Sign < 0 ? rest + Prime : rest;
    }
}
