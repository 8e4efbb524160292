using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration.Schema;

/// <summary>What values a setting takes, and what they mean.</summary>
internal abstract class ValueRule<T>
{
    /// <summary>The values in words, for "must be …": "a whole number from 1280 to 65535".</summary>
    public abstract string Expected { get; }

    /// <summary>A good value as TOML.</summary>
    public abstract string Example { get; }

    /// <summary>Whether it is a list, which only files can hold.</summary>
    public virtual bool IsList => false;

    /// <summary>Reads a value; every mistake in it goes to <paramref name="site"/>.</summary>
    public abstract bool TryRead(TomlValue value, RuleSite site, out T result);

    /// <summary>The inverse of <see cref="TryRead"/>.</summary>
    public abstract TomlValue ToToml(T value);

    /// <summary>Takes the text of an environment variable or option.</summary>
    public virtual TomlValue FromText(string text) => new TomlString(text, default);

    protected bool WrongKind(TomlValue value, RuleSite site) => value is TomlInvalid
        ? false
        : site.Wrong(value.Position, $"must be {Expected}, not {value.KindName}; write {site.Assignment(Example)}");
}

/// <summary>True or false.</summary>
internal sealed class BooleanRule : ValueRule<bool>
{
    public override string Expected => "true or false";

    public override string Example => "true";

    public override bool TryRead(TomlValue value, RuleSite site, out bool result)
    {
        result = value is TomlBoolean { Value: true };
        return value is TomlBoolean || WrongKind(value, site);
    }

    public override TomlValue ToToml(bool value) => new TomlBoolean(value, default);

    public override TomlValue FromText(string text) =>
        text is "true" or "false" ? new TomlBoolean(text is "true", default) : base.FromText(text);
}

/// <summary>A whole number in a range, ends included.</summary>
internal sealed class IntegerRule(int least, int most, int example) : ValueRule<int>
{
    public override string Expected => FormattableString.Invariant($"a whole number from {least} to {most}");

    public override string Example => FormattableString.Invariant($"{example}");

    public override bool TryRead(TomlValue value, RuleSite site, out int result)
    {
        result = 0;
        if (value is not TomlInteger number) return WrongKind(value, site);
        if (number.Value < least || number.Value > most)
            return site.Wrong(value.Position, FormattableString.Invariant($"must be {Expected}, not {number.Value}"));
        result = (int)number.Value;
        return true;
    }

    public override TomlValue ToToml(int value) => new TomlInteger(value, default);

    public override TomlValue FromText(string text)
    {
        const System.Globalization.NumberStyles Style = System.Globalization.NumberStyles.AllowLeadingSign;
        return long.TryParse(text, Style, System.Globalization.CultureInfo.InvariantCulture, out long number)
            ? new TomlInteger(number, default)
            : base.FromText(text);
    }
}

/// <summary>Reads text into a value.</summary>
/// <param name="text">The text.</param>
/// <param name="checks">What else to ask.</param>
/// <param name="value">The value, if the answer is true.</param>
/// <param name="problem">What is wrong and what to write, if the answer is false.</param>
internal delegate bool TextParser<T>(string text, ConfigurationChecks checks, out T value, out string problem);

/// <summary>Text with a meaning of its own.</summary>
internal sealed class TextRule<T>(string expected, string example, TextParser<T> parse, Func<T, string> write)
    : ValueRule<T>
{
    public override string Expected => expected;

    public override string Example => TomlText.Quote(example);

    public override bool TryRead(TomlValue value, RuleSite site, out T result)
    {
        result = default!;
        if (value is not TomlString text) return WrongKind(value, site);
        return parse(text.Value, site.Checks, out result, out string problem) || site.Wrong(value.Position, problem);
    }

    public override TomlValue ToToml(T value) => new TomlString(write(value), default);
}

/// <summary>A list of values of one rule.</summary>
internal sealed class ListRule<T>(ValueRule<T> item, string expected) : ValueRule<IReadOnlyList<T>>
{
    public override string Expected => $"a list of {expected}";

    public override string Example => $"[{item.Example}]";

    public override bool IsList => true;

    public override bool TryRead(TomlValue value, RuleSite site, out IReadOnlyList<T> result)
    {
        var items = new List<T>();
        result = items;
        if (value is not TomlArray array) return WrongKind(value, site);
        bool isGood = true;
        var texts = new HashSet<string>(StringComparer.Ordinal);
        foreach (TomlValue each in array.Items)
        {
            if (!item.TryRead(each, site, out T good)) isGood = false;
            else if (!texts.Add(TomlText.Write(item.ToToml(good))))
                isGood = site.Wrong(each.Position, $"{TomlText.Write(each)} stands here twice");
            else items.Add(good);
        }

        return isGood;
    }

    public override TomlValue ToToml(IReadOnlyList<T> value)
    {
        var array = new TomlArray(default);
        foreach (T each in value) array.Add(item.ToToml(each));
        return array;
    }
}
