namespace Whalescale.Integration;

/// <summary>As <see cref="RootFactAttribute"/>, for tests with data.</summary>
public sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute()
    {
        Skip = RootFactAttribute.ReasonToSkip;
    }
}
